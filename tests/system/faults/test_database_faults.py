"""Promises 1, 2 and 7 when PostgreSQL is away, or ends a transaction at the worst moment."""

import asyncio

from tests.support.world import World, eventually, traffic

AWAY_SECONDS = 60

TERMINATE_WRITERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


async def test_postgres_away_for_a_minute_dead_letters_nothing(malha: World) -> None:
    """Ingest goes on accepting, the registry says that it waits, and works on by itself afterwards."""
    async with traffic(malha, "away", workers=2) as load:
        await malha.stop("postgres")
        accepted = len(load.accepted)
        await eventually(lambda: _not_ready(malha), "the registry says that it is not ready")
        await asyncio.sleep(AWAY_SECONDS)
        assert len(load.accepted) > accepted
        await eventually(lambda: malha.is_ready("ingest"), "ingest is well without it")
        assert await malha.depth("registry.dead") == 0
        await malha.start_postgres()
        await malha.all_ready()


async def _not_ready(malha: World) -> bool:
    return not await malha.is_ready("registry")


async def test_backends_terminated_before_their_commit_register_once(malha: World) -> None:
    """A transaction whose end nobody saw: the inbox decides whether it happened."""
    terminated = 0
    async with traffic(malha, "terminated"):
        for _ in range(40):
            terminated += int(str(await malha.sql(TERMINATE_WRITERS)))
            await asyncio.sleep(0.05)
        await malha.all_ready()
    assert terminated > 0


async def test_postgres_killed_recovers_what_was_committed(malha: World) -> None:
    """Kill -9 of the postmaster: nothing acknowledged was uncommitted."""
    async with traffic(malha, "postmaster"):
        await asyncio.sleep(0.5)
        malha.kill("postgres")
        await asyncio.sleep(1)
        await malha.all_ready()
