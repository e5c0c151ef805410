"""Fixtures of the registering side."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.registry.writing.registrar import Registrar
from shared.database import Database


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
async def sql(database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the test's own, to look at what was written."""
    connection = await asyncpg.connect(database, timeout=10)
    yield connection
    await connection.close()
