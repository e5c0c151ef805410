"""The gateway by TLS: one for each module, since what is tried on it leaves it as it was."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.authority import Authority
from tests.support.fortress import SERVICES, Fortress
from tests.support.sharing import share_loop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module's tests run in the event loop that its gateway was started in."""
    share_loop(items, __file__, "module")


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
