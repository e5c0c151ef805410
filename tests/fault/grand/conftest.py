"""One grand world for all that break it: starting it costs more than most faults."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.grand import GrandWorld
from tests.support.sharing import home_of, share_loop
from tests.support.world import world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in the one event loop that the world lives in."""
    share_loop(items, __file__)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GrandWorld]:
    """Three brokers, two databases, two of ingest and of the registry, three notifiers."""
    home = home_of(tmp_path_factory, "grand")
    async with world(home, GrandWorld) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def malha(built: GrandWorld) -> GrandWorld:
    """The same, whole again after what the test before has broken."""
    await built.whole_again()
    return built
