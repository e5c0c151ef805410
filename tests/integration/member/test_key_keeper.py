"""The part that keeps the keys, as it runs: over a line that is cut, and beside another one of its kind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from services.registry.network import key_rotation
from services.registry.network.key_keeper import KeyKeeper
from services.registry.network.keys import issue_key
from shared.database import Database
from tests.support.fault_proxy import fault_proxy
from tests.support.registry import BELO_HORIZONTE, ENVIRONMENT, connected
from tests.support.world import eventually


@asynccontextmanager
async def keeping(url: str) -> AsyncIterator[KeyKeeper]:
    """A keeper that runs until the block ends."""
    database = Database(url, "test keeper", most_connections=2)
    keeper, stop = KeyKeeper(database), asyncio.Event()
    running = asyncio.create_task(keeper.run(stop))
    try:
        yield keeper
    finally:
        stop.set()
        await running
        await database.close()


async def test_a_replaced_key_ends_by_itself_whatever_happens_to_the_line(database: str) -> None:
    """Two keepers, one of whose lines is cut: the key ends once, and the new one stays."""
    async with (
        connected(database) as connection,
        fault_proxy(database) as proxy,
        keeping(proxy.url) as first,
        keeping(database) as second,
    ):
        old = await issue_key(connection, ENVIRONMENT, BELO_HORIZONTE, "member", "convênios")
        new = await key_rotation.rotate(
            connection,
            ENVIRONMENT,
            BELO_HORIZONTE,
            old.id,
            overlap=timedelta(seconds=1),
            key_id=key_rotation.new_id(),
        )
        proxy.cut()

        async def ended() -> bool:
            revoked = await connection.fetchval("SELECT revoked_at FROM api_key WHERE id = $1", old.id)
            return revoked is not None

        await eventually(ended, "the old key has ended")
        assert await connection.fetchval("SELECT revoked_at FROM api_key WHERE id = $1", new.id) is None

        async def ready() -> bool:
            return first.readiness().ok and second.readiness().ok

        await eventually(ready, "both are ready again")
