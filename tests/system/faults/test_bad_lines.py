"""Promise 7 on each link: lines are cut, frozen, slow, or forgotten by a router on the way."""

import asyncio

import pytest

from tests.support.world import World, eventually, traffic

LINKS = ("ingest", "registry", "notifier", "database")


@pytest.mark.parametrize("link", LINKS)
async def test_a_line_that_is_cut_again_and_again_loses_nothing(malha: World, link: str) -> None:
    """Both ends see the line die, at any moment of a conversation."""
    async with traffic(malha, f"cut-{link}"):
        for _ in range(5):
            await asyncio.sleep(0.3)
            malha.links[link].cut()
        await malha.all_ready()


@pytest.mark.parametrize("link", LINKS)
async def test_a_frozen_line_is_noticed_and_replaced(malha: World, link: str) -> None:
    """Nothing arrives and nothing is closed: only heartbeats and deadlines can tell."""
    async with traffic(malha, f"frozen-{link}", workers=4):
        malha.links[link].strand()
        await malha.all_ready(120)
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("link", LINKS)
async def test_a_slow_line_delays_and_nothing_else(malha: World, link: str) -> None:
    """Each packet takes 30 ms more: throughput falls, order and count do not change."""
    async with traffic(malha, f"slow-{link}", workers=4):
        malha.links[link].slow(0.03)
        await asyncio.sleep(3)
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
