"""A registry that answers over HTTP without a broker: what is in its database is what it knows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg
import msgspec
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from services.registry.app import install
from services.registry.network.directory import read_directory
from services.registry.settings import Settings
from services.registry.writing.drafting import Registered
from services.registry.writing.registrar import Registrar
from shared.accounts import ApiKey
from shared.database import Database
from shared.directory import FOLLOWER, IDENTITY, Directory, DirectoryFollower, Key, Role
from shared.lifecycle import build_app
from shared.notices.canonical import base64url
from shared.notices.envelope import Delivery, Notice, Sender
from shared.notices.envelope import Role as SenderRole
from shared.settings import Environment

ENVIRONMENT: Environment = "test"
BELO_HORIZONTE, UBERLANDIA, THE_STATE = "3106200", "3170206", "31"

KEYS: dict[str, tuple[Role, str]] = {
    "own": ("member", BELO_HORIZONTE),
    "other": ("member", UBERLANDIA),
    "office": ("office", THE_STATE),
    "coordination": ("coordination", THE_STATE),
    "ops": ("ops", THE_STATE),
}
"""Askers by name; anybody else is anonymous."""


class DatabaseFollower(DirectoryFollower):
    """Knows these keys, and whom the database lets in, as soon as somebody waits for it."""

    def __init__(self, database_url: str, keys: tuple[Key, ...]) -> None:
        super().__init__("amqp://nobody@127.0.0.1:1/none", "registry", ENVIRONMENT)
        self._database_url = database_url
        self._keys = keys
        self.current = Directory(version=1, environment=ENVIRONMENT, keys=keys)

    async def learn(self) -> Directory:
        """What the database says now."""
        async with connected(self._database_url) as connection:
            read = await read_directory(connection, ENVIRONMENT)
        self.current = msgspec.structs.replace(read, keys=self._keys)
        for callback in self._callbacks:
            callback(self.current)
        return self.current

    async def wait_until(self, is_so: Callable[[Directory], bool], timeout_seconds: float) -> bool:
        """Whether it is so by now."""
        async with asyncio.timeout(timeout_seconds):
            return is_so(await self.learn())


class Registry:
    """A running registry. Ask it as somebody of KEYS, or as "anonymous"."""

    def __init__(self, client: "TestClient[web.Request, web.Application]", keys: dict[str, ApiKey]) -> None:
        self.client = client
        self._keys = keys

    async def get(self, path: str, asker: str = "anonymous", **headers: str) -> ClientResponse:
        """The answer to a GET."""
        return await self.request("GET", path, asker, **headers)

    async def request(
        self, method: str, path: str, asker: str = "anonymous", **headers: str
    ) -> ClientResponse:
        """The answer to a request; redirects are not followed."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(
            method, path, headers={**self.headers(asker), **sent}, allow_redirects=False
        )

    async def learn(self) -> None:
        """Hear what the directory's stream would tell of whoever was let in, or sent away."""
        follower = self.client.app[FOLLOWER]
        assert isinstance(follower, DatabaseFollower)
        await follower.learn()

    def headers(self, asker: str) -> dict[str, str]:
        """What shows who asks."""
        return {"Authorization": f"Bearer {self._keys[asker]}"} if asker in self._keys else {}

    async def json(self, path: str, asker: str = "anonymous", status: int = 200) -> Any:
        """The JSON of an answer, which must have this status."""
        answer = await self.get(path, asker)
        body = await answer.json(content_type=None)
        assert answer.status == status, body
        return body


@asynccontextmanager
async def running_registry(
    database_url: str,
    *,
    public_url: str = "http://malha.test",
    amqp_url: str = "amqp://nobody@127.0.0.1:1/none",
    **changes: Any,
) -> AsyncIterator[Registry]:
    """A registry over *database_url*, with *changes* of settings; its parts (publisher, …) do not run."""
    settings = Settings(
        environment=ENVIRONMENT,
        amqp_url=amqp_url,
        public_url=public_url,
        session_key="A" * 43 + "=",
        database_url=database_url,
        **changes,
    )
    app = build_app(ENVIRONMENT)
    keys = {name: ApiKey.issue(ENVIRONMENT) for name in KEYS}
    app[IDENTITY] = settings
    app[FOLLOWER] = DatabaseFollower(
        database_url,
        tuple(
            Key(id=key.id, digest=base64url(key.digest), role=KEYS[name][0], member=KEYS[name][1])
            for name, key in keys.items()
        ),
    )
    install(app, settings)
    async with TestClient(TestServer(app)) as client:
        yield Registry(client, keys)


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the test's own."""
    connection = await asyncpg.connect(database_url, timeout=60)
    try:
        yield connection
    finally:
        await connection.close()


class Teller:
    """Registers notices as the registrar would after the broker, without one."""

    def __init__(self, database: Database) -> None:
        self._registrar = Registrar(database)
        self._ids = count(1)

    async def tell(
        self,
        fact: str,
        data: dict[str, Any],
        *,
        subject: str | None = None,
        member: str = BELO_HORIZONTE,
        by: tuple[SenderRole, str] | None = None,
        id: str | None = None,  # noqa: A002 - CloudEvents calls it id
        backfill: bool = False,
        time: datetime | None = None,
    ) -> Registered:
        """Register `br.malha.{fact}.v1` and return what became of it."""
        outcome = await self.attempt(
            Notice(
                member=member,
                source="/test",
                id=id or str(next(self._ids)),
                type=f"br.malha.{fact}.v1",
                subject=subject,
                time=time,
                backfill=backfill,
                data=data,
            ),
            by,
        )
        assert isinstance(outcome, Registered), outcome
        return outcome

    async def attempt(self, notice: Notice, by: tuple[SenderRole, str] | None = None) -> object:
        """Register *notice* and return whatever became of it."""
        role, speaker = by or ("member", notice.member)
        delivery = Delivery(
            notice=notice,
            sender=Sender(role=role, member=speaker, key="k" * 12, door="api"),
            received_at=datetime.now(UTC),
            environment=ENVIRONMENT,
        )
        (outcome,) = await self._registrar.register([delivery])
        return outcome

    async def close(self) -> None:
        """Give the connection back."""
        await self._registrar.close()


@asynccontextmanager
async def telling(database_url: str) -> AsyncIterator[Teller]:
    """A teller over *database_url*."""
    database = Database(database_url, "test teller", most_connections=1)
    teller = Teller(database)
    try:
        yield teller
    finally:
        await teller.close()
        await database.close()


def sister_city(**changes: Any) -> dict[str, Any]:
    """The data of a twinning with Porto, in force without end, with *changes*."""
    return {
        "instrument": "IRM",
        "title": "Irmanamento com o Porto",
        "partners": [{"name": "Porto", "kind": "city", "country": "PT"}],
        "signed_on": "2025-03-01",
        "effective_on": "2025-03-02",
        **changes,
    }
