"""The gateway by TLS: one for each module, since what is tried on it leaves it as it was."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.authority import Authority
from tests.support.fortress import SERVICES, Fortress


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module's tests run in the event loop that its gateway was started in."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom the gateway and its clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fortress]:
    """The gateway and its services."""
    found = Fortress(tmp_path_factory.mktemp("gateway"), authority)
    async with found.standing({name: authority.issue(name) for name in SERVICES}):
        yield found


@pytest.fixture
def fortress(standing: Fortress) -> Fortress:
    """The same, having seen nothing."""
    standing.seen.clear()
    return standing
