"""One world for all fault tests: starting it costs more than most faults."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.sharing import home_of, share_loop
from tests.support.world import World, world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in the one event loop that the world lives in."""
    share_loop(items, __file__)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def malha(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Private servers and three services, shared by the fault tests, whole again after each."""
    home = home_of(tmp_path_factory, "world")
    async with world(home, World) as found:
        yield found
