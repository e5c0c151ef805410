"""Ingest in this process, on a virtual host of its own, with a directory that the test published."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import aio_pika
import aiohttp
import msgspec
import pytest
from aiohttp import web

from services.ingest.app import install
from services.ingest.settings import Settings
from shared import lifecycle
from shared.accounts import ApiKey
from shared.directory import FOLLOWER, Delegation, Directory, DirectoryFollower, Member
from tests.support.city_hall import CityHall
from tests.support.composed import composed
from tests.support.house import SESSION_KEY, known, publish_directory, serving
from tests.support.servers import Vhost

CITY, OTHER, VENDOR, STATE = "3106200", "3170206", "org-vendor", "31"
MEMBERS = (
    Member(CITY, "municipality", "Belo Horizonte", "Metropolitana de Belo Horizonte"),
    Member(OTHER, "municipality", "Uberlândia", "Triângulo Mineiro/Alto Paranaíba"),
    Member(VENDOR, "organisation", "Vendor"),
    Member(STATE, "state", "Minas Gerais"),
)


CITY_KEY, VENDOR_KEY, COORDINATION_KEY, OFFICE_KEY, REVOKED_KEY = (ApiKey.issue("test") for _ in range(5))
DIRECTORY = Directory(
    version=1,
    environment="test",
    members=MEMBERS,
    keys=(
        known(CITY_KEY, CITY),
        known(VENDOR_KEY, VENDOR),
        known(COORDINATION_KEY, STATE, "coordination"),
        known(OFFICE_KEY, STATE, "office"),
        known(REVOKED_KEY, CITY, revoked=True),
    ),
    delegations=(
        Delegation(CITY, VENDOR, facts=("br.malha.agreement.signed.v1",), until=date(2999, 12, 31)),
    ),
)


def event(**changes: Any) -> dict[str, Any]:
    """A valid event of the city hall; a change to None leaves the attribute out."""
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": "1",
        "source": "/convenios",
        "type": "br.malha.agreement.signed.v1",
        "member": CITY,
        "subject": "PROC-1",
        "data": {
            "instrument": "MOU",
            "title": "Cooperação em saneamento",
            "partners": [{"name": "Porto", "kind": "city", "country": "PT"}],
            "signed_on": "2026-03",
        },
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


async def messages_in(vhost: Vhost, queue: str, count: int) -> list[aio_pika.abc.AbstractIncomingMessage]:
    """The next *count* messages of *queue*, in order, acknowledged; TimeoutError if there are fewer."""
    found: list[aio_pika.abc.AbstractIncomingMessage] = []
    async with await aio_pika.connect(vhost.amqp_url) as connection, asyncio.timeout(60):
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=count)
        async with (await channel.get_queue(queue)).iterator() as iterator:
            async for message in iterator:
                await message.ack()
                found.append(message)
                if len(found) == count:
                    return found
    raise AssertionError  # an iterator of a queue does not end by itself


@dataclass
class Ingest:
    """A running ingest and a client's session with it."""

    url: str
    app: web.Application
    http: aiohttp.ClientSession
    vhost: Vhost
    settings: Settings = field(repr=False)

    @property
    def follower(self) -> DirectoryFollower:
        """The directory as this ingest knows it."""
        return self.app[FOLLOWER]

    async def post(
        self,
        body: Any,
        *,
        key: ApiKey | None = CITY_KEY,
        path: str = "/v1/notices",
        content_type: str = "application/cloudevents+json",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """POST *body*, encoded unless it is bytes; the answer's status, decoded body and headers."""
        told = {"Content-Type": content_type, **(headers or {})}
        if key is not None:
            told["Authorization"] = f"Bearer {key}"
        data = io.BytesIO(body if isinstance(body, bytes) else msgspec.json.encode(body))
        async with self.http.post(self.url + path, data=data, headers=told) as answer:
            return answer.status, msgspec.json.decode(await answer.read()), answer.headers

    async def get(self, path: str, key: ApiKey | None = None) -> tuple[int, Any, Mapping[str, str]]:
        """GET *path*: the answer's status, decoded body and headers."""
        told = {} if key is None else {"Authorization": f"Bearer {key}"}
        async with self.http.get(self.url + path, headers=told) as answer:
            return answer.status, msgspec.json.decode(await answer.read()), answer.headers

    async def until_ready(self, *, ready: bool = True) -> dict[str, Any]:
        """Wait until readiness is *ready*; return its body."""
        async with asyncio.timeout(60):
            while True:
                status, body, _ = await self.get("/healthz/ready")
                if (status == 200) is ready:
                    found: dict[str, Any] = body
                    return found
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running_ingest(vhost: Vhost, **changes: Any) -> AsyncIterator[Ingest]:
    """Ingest on *vhost*, as its own broker user, with *changes* to its settings."""
    values: dict[str, Any] = {
        "environment": "test",
        "amqp_url": vhost.url_of("ingest"),
        "amqp_management_url": vhost.management_url,
        "public_url": "https://malha.example",
        "session_key": SESSION_KEY,
        **changes,
    }
    settings = Settings(**values)
    app = lifecycle.build_app(settings.environment)
    install(app, settings)
    async with serving(app) as url, aiohttp.ClientSession() as http:
        yield Ingest(url, app, http, vhost, settings)


Starter = Callable[..., Any]


@pytest.fixture
async def start(vhost: Vhost) -> AsyncIterator[Starter]:
    """Start an ingest with changed settings, ready unless told otherwise."""
    async with AsyncExitStack() as stack:

        async def started(*, directory: Directory | None = DIRECTORY, **changes: Any) -> Ingest:
            if directory is not None:
                await publish_directory(vhost.amqp_url, directory)
            ingest = await stack.enter_async_context(running_ingest(vhost, **changes))
            if directory is not None:
                await ingest.until_ready()
            return ingest

        yield started


@pytest.fixture
async def ingest(start: Starter) -> Ingest:
    """A ready ingest with the test's directory."""
    found: Ingest = await start()
    return found


@pytest.fixture
async def clerk(vhost: Vhost, database: str) -> AsyncIterator[CityHall]:
    """A clerk of the city hall, at both services, ready."""
    async with composed(vhost, database, MALHA_AMQP_MANAGEMENT_URL=vhost.management_url) as found:
        found.http.headers["Accept-Language"] = "pt-BR"
        yield CityHall(found.http, database)
