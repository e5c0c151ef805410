"""Promise 7 on lines of which one end is gone without a word: a router that was restarted."""

import pytest

from tests.support.fault_proxy import FaultProxy
from tests.support.world import World, eventually, traffic

LINKS = ("ingest", "registry", "notifier", "database")


@pytest.mark.parametrize("ends", [FaultProxy.lose_servers_half, FaultProxy.lose_clients_half])
async def test_lines_with_one_end_are_noticed_and_replaced(malha: World, ends: object) -> None:
    """Whoever is left at the other end finds out by heartbeats and deadlines, and holds nobody up."""
    assert callable(ends)
    name = getattr(ends, "__name__", "")
    async with traffic(malha, name, workers=4) as load:
        opened = {link: malha.links[link].opened for link in LINKS}
        for link in LINKS:
            ends(malha.links[link])
        for link in LINKS:
            await eventually(
                lambda link=link: _is_replaced(malha.links[link], opened[link]),  # type: ignore[misc]
                f"the line of {link} is replaced",
                120,
            )
        await malha.all_ready(120)
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 50), "it goes on")
    for link in LINKS:
        malha.links[link].cut()
    await malha.all_ready()


async def _is_replaced(link: FaultProxy, before: int) -> bool:
    return link.opened > before
