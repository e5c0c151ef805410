"""One street for all tests of this room that share a worker: each leaves it as it found it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.servers import Servers
from tests.support.sharing import share_loop
from tests.support.street import Street, street


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share the loop that the street's clients live on."""
    share_loop(items, __file__)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def walked(
    servers: Servers, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Street]:
    """Three processes, ready at first."""
    async with street(servers, database_template, tmp_path_factory.mktemp("street")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def way(walked: Street) -> Street:
    """The street, ready whatever the test before did to it."""
    await walked.ready()
    return walked
