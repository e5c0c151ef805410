"""Promises 1, 2 and 7 while the database fails over."""

import asyncio

from deploy.local.services import ready
from tests.support.grand import GrandWorld
from tests.support.world import eventually, traffic


async def test_the_primary_is_lost_and_its_standby_promoted(malha: GrandWorld) -> None:
    """What was committed is on the standby: nothing is lost, no position given twice, no reader reset."""
    async with traffic(malha, "promoted") as load:
        await asyncio.sleep(1)
        before = malha.pair.url
        await malha.pair.fail_over()
        assert malha.pair.url != before
        await malha.all_ready()
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 100), "notices are accepted")


async def test_the_primary_freezes_and_its_standby_is_promoted(malha: GrandWorld) -> None:
    """It closes nothing and answers nothing: who was connected finds the other by deadlines alone."""
    async with traffic(malha, "frozen-primary"):
        await asyncio.sleep(1)
        malha.pair.freeze()
        frozen = malha.pair.primary
        await malha.pair.promote()
        await malha.all_ready(180)
        await malha.pair.lose(frozen.name)


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


async def _no_registry_is_ready(malha: GrandWorld) -> bool:
    return not any([await ready(url) for url in malha.urls("registry")])
