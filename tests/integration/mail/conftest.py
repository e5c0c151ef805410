"""A mailbox, a database, and who sends from the one to the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

import asyncpg
import pytest

from services.registry.leader import Leader
from services.registry.mail.sending import Courier
from services.registry.mail.server import Server
from shared.database import Database
from tests.support.mailbox import Mailbox, mailbox

Part = TypeVar("Part", bound=Leader)
SENDER = "avisos@malha.example"
Sending = Callable[[], AbstractAsyncContextManager[Courier]]


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
async def sql(database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the test's own."""
    connection = await asyncpg.connect(database, timeout=10)
    yield connection
    await connection.close()


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
