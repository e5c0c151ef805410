"""Promises 1 to 3 while nodes of the broker die, freeze, and come back."""

import pytest

from deploy.local.services import ready
from tests.support.grand import GrandWorld
from tests.support.world import eventually, traffic

QUEUES = ("registry.live", "feed", "notices.journal", "directory")


@pytest.mark.parametrize("queue", QUEUES)
async def test_the_node_that_leads_a_queue_is_killed(malha: GrandWorld, queue: str) -> None:
    """Another node leads on; what was confirmed is there, and who was connected finds another node."""
    async with traffic(malha, f"leader of {queue}"):
        before = await malha.cluster.leader(queue)
        malha.cluster.kill(before)
        await eventually(lambda: _is_led(malha, queue, before), f"another node leads {queue}")
        await eventually(malha.cluster.is_whole, "the node is back")


async def test_the_node_that_leads_is_frozen(malha: GrandWorld) -> None:
    """It closes nothing and answers nothing: the others go on, and clients leave it by their heartbeats.

    After a minute the nodes have given each other up, and RabbitMQ does not mend that by itself once the node
    goes on (it lists partitions): queues work all the same, and a restart of that node makes them one again.
    """
    async with traffic(malha, "frozen-node") as load:
        before = await malha.cluster.leader("registry.live")
        malha.cluster.freeze(before)
        try:
            accepted = len(load.accepted)
            await eventually(lambda: load.has(accepted + 100), "another node leads", 120)
        finally:
            malha.cluster.thaw(before)
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 100), "it goes on when the node does")
        await malha.cluster.stop(before)
        malha.cluster.come_back(before)
        await eventually(malha.cluster.is_whole, "the nodes are one again", 120)


async def test_two_of_three_nodes_are_lost(malha: GrandWorld) -> None:
    """Without a majority nothing can be promised, and nothing is; with it all goes on by itself."""
    async with traffic(malha, "majority"):
        for name in ("two", "three"):
            await malha.cluster.lose(name)
        await eventually(lambda: _none_ready(malha), "ingest says that it cannot promise anything")
        for name in ("two", "three"):
            malha.cluster.come_back(name)
        await eventually(malha.cluster.is_whole, "the nodes are back", 180)
        await malha.all_ready()


async def test_a_disk_alarm_on_one_node_stops_every_promise(malha: GrandWorld) -> None:
    """One full disk blocks all publishers: 503 until there is room, and what was on its way counts once."""
    async with traffic(malha, "disk") as load:
        await malha.cluster.control("two", "set_disk_free_limit", "9000GB")
        try:
            await eventually(lambda: _none_ready(malha), "ingest says that it is blocked")
        finally:
            await malha.cluster.control("two", "set_disk_free_limit", "50MB")
        await malha.all_ready()
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 50), "it goes on")


async def test_nodes_are_upgraded_one_after_the_other(malha: GrandWorld) -> None:
    """Each is asked to end, and starts anew: what an upgrade of the broker is."""
    async with traffic(malha, "upgrade") as load:
        for name in ("one", "two", "three"):
            await malha.cluster.stop(name)
            accepted = len(load.accepted)
            await eventually(lambda wanted=accepted + 50: load.has(wanted), "it goes on")  # type: ignore[misc]
            malha.cluster.come_back(name)
            await eventually(malha.cluster.is_whole, "the node is back", 120)


async def _is_led(malha: GrandWorld, queue: str, before: str) -> bool:
    return await malha.cluster.leader(queue) != before


async def _none_ready(malha: GrandWorld) -> bool:
    return not any([await ready(url) for url in malha.urls("ingest")])
