"""A house and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.house import House, browsing, housed
from tests.support.servers import Vhost

# What a page comes to show is waited for: a busy machine may take long; what is wrong stays wrong.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder belongs to its tier."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


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
