"""One world of single servers, with a line to each that can be broken, for all tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.world import World, world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in the one event loop that the world lives in."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def malha(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Private servers and three services, whole again after each test."""
    home = tmp_path_factory.mktemp("single")
    home.parent.parent.chmod(0o755)
    async with world(home, World) as found:
        yield found
