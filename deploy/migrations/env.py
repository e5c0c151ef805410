"""Alembic's entry: each migration in a transaction of its own, one process at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.migrations.sql import WAIT_FOR_TABLE

LOCK: Final = 853_000_001
LOCK_POLL_SECONDS: Final = 0.2
CONNECT_SECONDS: Final = 10.0


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """Two processes that start together migrate one after the other.

    By asking again and again: a statement that waits holds a snapshot, and CREATE INDEX CONCURRENTLY waits
    for every snapshot that is older than its own.
    """
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
            await asyncio.sleep(LOCK_POLL_SECONDS)
        yield
    finally:
        await connection.close()


def _migrate(connection: Connection) -> None:
    connection.execute(text(WAIT_FOR_TABLE))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _upgrade(url: str) -> None:
    # The driver's own way to connect, since SQLAlchemy cannot read an address that names several servers.
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(url, timeout=CONNECT_SECONDS),
        poolclass=pool.NullPool,
    )
    try:
        async with _alone(url), engine.connect() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


asyncio.run(_upgrade(context.config.attributes["database_url"]))
