"""One sealed Malha for all that is tried on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.sealed import Sealed, sealed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in the one event loop that the whole lives in."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def malha(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sealed]:
    """Servers, services and gateway, by TLS alone."""
    home = tmp_path_factory.mktemp("sealed")
    home.parent.parent.chmod(0o755)
    async with sealed(home) as found:
        yield found
