"""Promise 7 on each link: lines are cut, frozen, slow, or out of reach."""

import asyncio
import random

from tests.support.world import World, eventually, traffic

LINKS = ("ingest", "registry", "notifier", "database")


async def test_lines_that_are_cut_again_and_again_lose_nothing(malha: World) -> None:
    """Both ends see a line die, at any moment of a conversation, each link in turn and all at once."""
    chance = random.Random(20261121)  # noqa: S311 a repeatable choice of moments
    async with traffic(malha, "cut"):
        for link in LINKS * 3:
            await asyncio.sleep(chance.uniform(0.05, 0.5))
            malha.links[link].cut()
        for link in LINKS:
            malha.links[link].cut()
        await malha.all_ready()


async def test_frozen_lines_are_noticed_and_replaced(malha: World) -> None:
    """Nothing arrives and nothing is closed: only heartbeats and deadlines can tell."""
    async with traffic(malha, "frozen", workers=4):
        stranded = {link: malha.links[link].opened for link in LINKS}
        for link in LINKS:
            malha.links[link].strand()
            await asyncio.sleep(0.5)
        for link in LINKS:
            await eventually(
                lambda link=link: _replaced(malha, link, stranded[link]),  # type: ignore[misc]
                f"the line of {link} is replaced",
                120,
            )
        await malha.all_ready()


async def _replaced(malha: World, link: str, before: int) -> bool:
    return malha.links[link].opened > before


async def test_slow_lines_delay_and_nothing_else(malha: World) -> None:
    """Each packet takes 30 ms more: throughput falls, order and count do not change."""
    async with traffic(malha, "slow", workers=4):
        for link in LINKS:
            malha.links[link].slow(0.03)
            await asyncio.sleep(1)
        await asyncio.sleep(2)
        for link in LINKS:
            malha.links[link].slow(0)


async def test_a_broker_out_of_reach_leaves_the_others_saying_so(malha: World) -> None:
    """Ingest refuses new work with a 503, the registry still answers, and both say what is missing."""
    async with traffic(malha, "unreachable"):
        for link in ("ingest", "registry"):
            malha.links[link].refuse()
            malha.links[link].cut()
        for service in ("ingest", "registry"):
            await eventually(lambda service=service: _not_ready(malha, service), f"{service} says so")  # type: ignore[misc]
        status, _ = await malha.get("registry", "/v1/members/3106200")
        assert status == 200
        for link in ("ingest", "registry"):
            await malha.links[link].accept()
        await malha.all_ready()


async def _not_ready(malha: World, service: str) -> bool:
    return not await malha.is_ready(service)
