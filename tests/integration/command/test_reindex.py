"""`malha reindex`: what is searched is derived anew, by the registry that runs."""

import asyncio

import pytest

from services.command import reindex
from services.command.failure import Failure
from services.registry.finding.indexing import Indexer
from services.registry.queries import search
from shared.database import Database
from tests.support.indexed import indexed
from tests.support.registry import connected, sister_city, telling
from tests.support.world import eventually


async def generation(database_url: str) -> int:
    """How often it was asked for."""
    async with connected(database_url) as connection:
        return int(await connection.fetchval("SELECT min(generation) FROM follower"))


async def test_everything_is_derived_anew(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for by the command, done by the registry, which itself did so when it first began."""
    monkeypatch.setenv("MALHA_DATABASE_URL", database)
    async with telling(database) as teller:
        await teller.tell("agreement.signed", sister_city(), subject="A")
    await indexed(database)
    pool = Database(database, "test leads", most_connections=1)
    stop = asyncio.Event()
    running = asyncio.create_task(Indexer(pool).run(stop))

    async def done() -> bool:
        async with connected(database) as connection:
            return bool(await connection.fetchval("SELECT bool_and(generation = 2) FROM indexed"))

    await eventually(lambda: _led(database), "somebody leads")
    await asyncio.to_thread(reindex.reindex, wait=True)
    await eventually(done, "it is derived anew")
    stop.set()
    await running
    await pool.close()


async def _led(database_url: str) -> bool:
    async with connected(database_url) as connection:
        return (await search.progress(connection)).is_led


async def test_nobody_waits_for_a_registry_that_does_not_run(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for all the same: the next registry will do it."""
    monkeypatch.setenv("MALHA_DATABASE_URL", database)
    async with telling(database) as teller:
        await teller.tell("agreement.signed", sister_city(), subject="A")
    with pytest.raises(Failure):
        await asyncio.to_thread(reindex.reindex, wait=True)
    assert await generation(database) == 1
