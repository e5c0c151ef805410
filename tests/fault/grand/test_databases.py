"""Promises 1, 2 and 7 while the database fails over."""

from datetime import timedelta

from deploy.local.services import ready
from shared.database import COMMAND_SECONDS
from tests.support.grand import GrandWorld
from tests.support.world import eventually, registered, traffic

PAST_ALL_DEADLINES = timedelta(seconds=COMMAND_SECONDS + 2)
WAITS = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = $1 AND now() - query_start >= $2
               AND application_name LIKE 'malha-registry writes%')
"""


async def test_the_primary_is_lost_and_its_standby_promoted(malha: GrandWorld) -> None:
    """What was committed is on the standby: nothing is lost, no position given twice, no reader reset."""
    async with traffic(malha, "promoted") as load:
        await eventually(lambda: load.has(100), "notices are accepted")
        before = malha.pair.url
        await malha.pair.fail_over()
        assert malha.pair.url != before
        await malha.all_ready()
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 100), "notices are accepted")


async def test_the_primary_freezes_and_its_standby_is_promoted(malha: GrandWorld) -> None:
    """It closes nothing and answers nothing: who was connected finds the other by deadlines alone."""
    async with traffic(malha, "frozen-primary") as load:
        await eventually(lambda: load.has(100), "notices are accepted")
        frozen = malha.pair.primary
        malha.pair.freeze(frozen)
        try:
            await malha.pair.promote()
            accepted = len(load.accepted)
            await eventually(lambda: load.has(accepted + 100), "notices are accepted")
            await eventually(lambda: registered(malha, load), "they are registered by the other", 180)
            await malha.all_ready()
        finally:
            await malha.pair.lose(frozen.name)  # as an operator fences it: it must never be written to again


async def test_the_standby_is_lost(malha: GrandWorld) -> None:
    """No commit is confirmed by one server alone: the registry says that it waits; ingest accepts."""
    async with traffic(malha, "no-standby", per_second=50) as load:
        standby = malha.pair.standby
        assert standby is not None
        await malha.pair.lose(standby.name)
        await eventually(lambda: _no_registry_is_ready(malha), "the registry says that it waits")
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 50), "ingest goes on accepting")
        assert await malha.depth("registry.dead") == 0
        malha.pair.come_back(standby)
        await malha.all_ready()


async def test_nothing_is_told_that_a_failover_would_forget(malha: GrandWorld) -> None:
    """While the standby confirms nothing, commits wait, and none is shown: so none can be taken back.

    A commit that gave up waiting would be told to readers, and its position given again after the failover.
    """
    async with traffic(malha, "unconfirmed", per_second=50) as load:
        assert malha.pair.standby is not None
        malha.pair.freeze(malha.pair.standby)
        await eventually(lambda: _waits(malha, "SyncRep"), "a commit waits for the standby")
        shown = await malha.sql("SELECT position FROM head")
        await eventually(lambda: _no_registry_is_ready(malha), "both have lost their patience once")
        await eventually(lambda: _waits(malha, "transactionid"), "the next try waits behind the first")
        await eventually(lambda: _waits(malha, "SyncRep", PAST_ALL_DEADLINES), "no deadline has ended it")
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 50), "ingest goes on accepting")
        assert await malha.sql("SELECT position FROM head") == shown
        await malha.pair.lose(malha.pair.primary.name)
        malha.pair.thaw(malha.pair.standby)
        await malha.pair.promote()
        await eventually(lambda: registered(malha, load), "what was accepted is registered")


async def _waits(malha: GrandWorld, event: str, since: timedelta = timedelta(0)) -> bool:
    return bool(await malha.sql(WAITS, event, since))


async def _no_registry_is_ready(malha: GrandWorld) -> bool:
    return not any([await ready(url) for url in malha.urls("registry")])
