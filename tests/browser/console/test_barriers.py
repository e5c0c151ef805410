"""The console and the welcome without barriers, whatever stands in them."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from shared.notices.sentences import Language
from tests.browser.house import House
from tests.browser.quality import LAPTOP, PHONE, WALL, no_violations, visiting

HOSTILE = "<script>alert(1)</script> =cmd|'/C calc' \u202egnirts\u202c "


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(PHONE, "light", "pt"), (LAPTOP, "dark", "en"), (WALL, "light", "en"), (320, "dark", "pt")],
)
async def test_console_is_without_barriers(
    house: House, browser: Browser, width: int, theme: Literal["light", "dark"], language: Language
) -> None:
    """By day and night, on a phone and a wall: closed, and with all that opens open; nothing is too wide."""
    await house.sign(1, title=HOSTILE + "A" * 400, object="x" * 5_000)
    await house.published(1)
    async with visiting(browser, house, role="office", width=width, theme=theme, language=language) as page:
        await page.goto("/")
        await expect(page.locator("#drawing path").first).to_be_attached()
        await expect(page.locator("#facts .title").first).to_contain_text("<script>")
        await no_violations(page)
        for summary in await page.locator("#asked summary").all():
            await summary.click()
        await page.locator("#drawing svg").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#figure")).to_be_visible()
        await no_violations(page)


@pytest.mark.parametrize(("width", "theme"), [(PHONE, "dark"), (LAPTOP, "light")])
async def test_welcome_is_without_barriers(
    house: House, browser: Browser, width: int, theme: Literal["light", "dark"]
) -> None:
    """A citizen finds the way without an account, and sees on the map what is public."""
    await house.sign(1, effective_on="2020-01-01")
    await house.sign(2, effective_on="2020-01-01", visibility="restricted")
    async with visiting(browser, house, width=width, theme=theme) as page:
        await page.goto("/")
        await expect(page.locator("#m3106200")).to_have_attribute("aria-label", "Belo Horizonte: 1 em vigor")
        await no_violations(page)
        await page.get_by_role("link", name="Entre aqui").click()
        await page.wait_for_url("**/entrar")
