"""Fixtures of the registering side."""

from collections.abc import AsyncIterator

import pytest

from services.registry.taking.consumer import Consumer
from services.registry.writing.registrar import Registrar
from shared.broker import ConfirmedPublisher
from shared.database import Database
from tests.support.clock import Days
from tests.support.parts import running
from tests.support.servers import Vhost


@pytest.fixture
async def store(database: str) -> AsyncIterator[Database]:
    """The registry's pool."""
    pool = Database(database, "test", most_connections=4)
    yield pool
    await pool.close()


@pytest.fixture
async def registrar(store: Database) -> AsyncIterator[Registrar]:
    """A registrar over an empty registry."""
    writer = Registrar(store)
    yield writer
    await writer.close()


@pytest.fixture
async def door(vhost: Vhost) -> AsyncIterator[ConfirmedPublisher]:
    """What stands in for ingest, with its own rights."""
    publisher = ConfirmedPublisher(vhost.url_of("ingest"), "test ingest", replies=True)
    async with running(publisher):
        yield publisher


@pytest.fixture
def consumer(vhost: Vhost, store: Database) -> Consumer:
    """A consumer with no more than its own rights."""
    return Consumer(vhost.url_of("registry"), store, "test")


@pytest.fixture
def days() -> Days:
    """The day that it is."""
    return Days()
