"""One sealed Malha for all that is tried on it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.sealed import Sealed, sealed
from tests.support.sharing import home_of, share_loop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in the one event loop that the whole lives in."""
    share_loop(items, __file__)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def malha(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sealed]:
    """Servers, services and gateway, by TLS alone."""
    home = home_of(tmp_path_factory, "sealed")
    async with sealed(home) as found:
        yield found
