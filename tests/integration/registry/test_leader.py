"""Who leads, and how leading ends when it cannot end properly."""

import asyncio

import asyncpg
import pytest

from services.registry.leader import leading
from shared.database import Database
from tests.support.world import eventually

LOCK = 1
CHANNEL = "test"

END_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_a_leader_that_is_cancelled_ends_though_its_session_is_gone(
    store: Database, sql: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The broker's line and PostgreSQL's are lost together: whoever was told to end must not go on."""
    led = asyncio.Event()
    lost = asyncio.Event()

    async def lead() -> None:
        async with leading(
            store, LOCK, CHANNEL, asyncio.Event(), asyncio.Event(), standing_by=lambda: None
        ) as connection:
            assert connection is not None
            connection.add_termination_listener(lambda _: lost.set())
            led.set()
            await asyncio.Event().wait()

    leader = asyncio.create_task(lead())
    await led.wait()

    async def ends_others() -> bool:
        return bool(await sql.fetchval(END_OTHERS))

    await eventually(ends_others, "the leader's session is ended")
    async with asyncio.timeout(60):
        await lost.wait()
        await asyncio.sleep(0)  # the pool takes the connection back in the same turn
        leader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
