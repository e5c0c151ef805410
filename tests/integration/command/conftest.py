"""What commands of operations find."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.support.servers import Servers, Vhost
from tests.support.whole_house import drop_databases


@pytest.fixture
async def bare_stack(
    vhost: Vhost, database: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """The variables of a stack of which only the servers are there."""
    for name, value in {
        "DATABASE_URL": database,
        "AMQP_URL": vhost.url_of("registry"),
        "AMQP_MANAGEMENT_URL": vhost.management_url,
        "ENVIRONMENT": "test",
    }.items():
        monkeypatch.setenv(f"MALHA_{name}", value)
    yield
    await drop_databases(servers, f"{urlsplit(database).path[1:]}_")
