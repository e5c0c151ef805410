"""The house without its services: settings, an application that is served, a directory to publish."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import aio_pika
import msgspec
from aiohttp import web

from deploy.local.services import NAMES
from shared import lifecycle
from shared.accounts import ApiKey, Session, seal
from shared.directory import STREAM, TYPE, Delegation, Directory, Key, Member, Person, Role
from shared.notices.canonical import base64url
from shared.settings import ServiceSettings
from tests.support.servers import Vhost

SESSION_KEY = "2v5r3hDkq0m2bC0m0hM1rYt3m8bq1p2e9h0s7d6f5g4="
BELO_HORIZONTE = Member("3106200", "municipality", "Belo Horizonte", "Metropolitana de Belo Horizonte")
UBERLANDIA = Member("3170206", "municipality", "Uberlândia", "Triângulo Mineiro/Alto Paranaíba")
UNHURRIED: Final = {"MALHA_REQUESTS_PER_SECOND": "1000000", "MALHA_EVENTS_PER_SECOND": "1000000"}
"""Limits that no test reaches."""


def settings_of(amqp_url: str, *, public_url: str = "http://127.0.0.1") -> ServiceSettings:
    """Settings of a service called nothing in particular, on any free port."""
    return ServiceSettings(
        environment="test", amqp_url=amqp_url, public_url=public_url, session_key=SESSION_KEY, listen_port=0
    )


def environment_of(vhost: Vhost, database_url: str) -> dict[str, str]:
    """The variables of any services over these servers: to the broker each goes with its own rights."""
    return {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_DATABASE_URL": database_url,
        **{f"MALHA_{name.upper()}_AMQP_URL": vhost.url_of(name) for name in NAMES},
    }


def known(key: ApiKey, member: str, role: Role = "member", *, revoked: bool = False) -> Key:
    """What the directory says of *key*."""
    return Key(key.id, base64url(key.digest), role, member, revoked)


def directory(
    version: int,
    *keys: Key,
    environment: str = "test",
    delegations: tuple[Delegation, ...] = (),
    people: tuple[Person, ...] = (),
    ended: tuple[str, ...] = (),
) -> Directory:
    """A directory of two municipalities with these keys and persons, in which these sessions have ended."""
    members = (BELO_HORIZONTE, UBERLANDIA)
    return Directory(version, environment, members, keys, delegations, people, ended)


def session_of(person: str, *, seconds: float = 3600, sid: str = "s") -> Session:
    """A session of *person* that begins now."""
    now = datetime.now(UTC).timestamp()
    return Session(person, sid, now, now + seconds)


def cookie_of(person: str, *, seconds: float = 3600, sid: str = "s") -> dict[str, str]:
    """The cookie of *person*, who has just signed in, for as long as that."""
    return {"malha_session": seal(settings_of(""), session_of(person, seconds=seconds, sid=sid))}


async def publish_directory(amqp_url: str, *directories: Directory) -> None:
    """Publish *directories* in this order, as the registry does."""
    await publish_to_directory(amqp_url, *(message_of(each) for each in directories))


def message_of(told: Directory) -> bytes:
    """The CloudEvent that carries *told*."""
    event = {
        "specversion": "1.0",
        "id": str(told.version),
        "source": "/malha",
        "type": TYPE,
        "datacontenttype": "application/json",
        "data": told,
    }
    return msgspec.json.encode(event)


async def publish_to_directory(amqp_url: str, *bodies: bytes) -> None:
    """Publish *bodies* to the stream, whatever they are."""
    connection = await aio_pika.connect(amqp_url, timeout=60)
    async with connection:
        channel = await connection.channel()
        for body in bodies:
            await channel.default_exchange.publish(
                aio_pika.Message(body, delivery_mode=2), STREAM, timeout=60
            )


@asynccontextmanager
async def serving(app: web.Application, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve *app* with its parts as a program does; gives its origin, and ends it as SIGTERM would."""
    listening = lifecycle.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    running = asyncio.create_task(lifecycle.serve_on(app, listening, tls))
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
    finally:
        app[lifecycle.STOPPING].set()
        async with asyncio.timeout(60):
            await running
