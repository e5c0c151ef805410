"""A mailbox, a database, and who sends from the one to the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import pytest

from services.registry.leader import Leader
from services.registry.mail import concerns
from services.registry.mail.choices import Leaving
from services.registry.mail.corresponding import Correspondent, Patience
from services.registry.mail.sending import Courier
from services.registry.mail.server import Server
from services.registry.network import people
from shared.database import Database
from tests.support.mailbox import Mailbox, mailbox
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA

Part = TypeVar("Part", bound=Leader)
SENDER = "avisos@malha.example"
Writing: TypeAlias = Callable[..., AbstractAsyncContextManager[Correspondent]]
Sending = Callable[[], AbstractAsyncContextManager[Courier]]
NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
"""A Wednesday."""
TODAY = date(2026, 11, 18)
LEAVING = Leaving("A" * 43 + "=", "https://malha.example")
AT_ONCE = Patience(timedelta(0), timedelta(0), timedelta(0))
CLERK, OTHER, AIDE = "clerk@bh.example", "clerk@uberlandia.example", "aide@state.example"


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    """A mailbox that accepts everything."""
    async with mailbox() as found:
        yield found


@pytest.fixture
async def leads(database: str) -> AsyncIterator[Database]:
    """What leaders hold their locks over."""
    found = Database(database, "test leads", most_connections=4)
    yield found
    await found.close()


@pytest.fixture
def sending(box: Mailbox, leads: Database) -> Sending:
    """A courier to the mailbox, in no mood to wait, running for as long as the block."""
    server = Server.parse(box.url)
    return lambda: running(Courier(leads, server, SENDER, first_wait_seconds=0, first_rest_seconds=0.01))


@asynccontextmanager
async def running(part: Part) -> AsyncIterator[Part]:
    """*part*, running."""
    stop = asyncio.Event()
    task = asyncio.create_task(part.run(stop))
    try:
        yield part
    finally:
        stop.set()
        await task


@pytest.fixture
async def clerk(sql: Sql) -> str:
    """Somebody in Belo Horizonte; there is somebody in Uberlândia too, and an aide of the governor's."""
    await person(sql, UBERLANDIA, "member", OTHER)
    await person(sql, THE_STATE, "office", AIDE)
    return await person(sql, BELO_HORIZONTE, "member", CLERK)


@pytest.fixture
async def writing(leads: Database, sql: Sql) -> Writing:
    """A correspondent in no mood to wait, running for as long as the block; it has begun before."""
    await concerns.begin(sql)
    await sql.execute("UPDATE correspondence SET week = '2026-11-16'")

    def begin(
        now: datetime = NOW, patience: Patience = AT_ONCE
    ) -> AbstractAsyncContextManager[Correspondent]:
        return running(Correspondent(leads, LEAVING, patience=patience, now=lambda: now))

    return begin


async def person(sql: Sql, member: str, role: Any, email: str, language: Any = "pt") -> str:
    """Somebody who may come in."""
    return await people.add(sql, people.NewPerson(member, role, "Pessoa fictícia", email, language), TODAY)


async def keys(sql: Sql) -> list[str]:
    """What each letter is about, and to whom, oldest first."""
    return [
        f"{row['key'].split(':')[0]} {row['email']}"
        for row in await sql.fetch(
            "SELECT o.key, p.email FROM outbox o JOIN person p ON p.id = o.person ORDER BY o.id"
        )
    ]
