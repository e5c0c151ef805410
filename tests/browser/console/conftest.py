"""A house, a browser, and the console opened by whoever sits in the governor's office."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.quality import visiting


@pytest.fixture
async def page(browser: Browser, house: House) -> AsyncIterator[Page]:
    """The console on a desk, complete."""
    async with visiting(browser, house, role="office") as found:
        await found.goto("/")
        await expect(found.locator("#state")).to_have_text("completo até 0")
        yield found
