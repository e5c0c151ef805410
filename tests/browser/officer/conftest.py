"""A house and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.house import House, browsing, housed
from tests.support.servers import Vhost


@pytest.fixture
async def house(vhost: Vhost, database: str) -> AsyncIterator[House]:
    """The three services."""
    async with housed(vhost, database) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with browsing() as found:
        yield found
