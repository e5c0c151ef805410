"""The short part of `make fault`: a cluster loses a node, the database fails over, processes are replaced."""

from pathlib import Path

import pytest

from tests.support.grand import GrandWorld
from tests.support.world import eventually, registered, traffic, world


@pytest.mark.asyncio(loop_scope="session")
async def test_a_node_a_primary_and_a_registry_are_lost_under_load(tmp_path: Path) -> None:
    """No 202 is lost, none doubled; readers at three notifiers see each position once; the chains verify."""
    tmp_path.parent.parent.chmod(0o755)
    async with world(tmp_path, GrandWorld) as malha:
        async with traffic(malha, "short") as load:
            malha.cluster.kill(await malha.cluster.leader("registry.live"))
            accepted = len(load.accepted)
            await eventually(lambda: load.has(accepted + 100), "another node leads")
            await malha.pair.fail_over()
            for name in ("registry", "notifier2"):
                malha.kill(name)
            await eventually(lambda: registered(malha, load), "what was accepted is registered")
        await eventually(malha.cluster.is_whole, "the node is back")
