"""The page of the interface, as somebody with a telephone or a keyboard meets it."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.house import browsing, housed
from tests.support.servers import Vhost

PHONE = 390
DESK = 1280


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_page_of_the_interface_reads_well(vhost: Vhost, database: str, width: int) -> None:
    """Nothing runs out of the screen, an anchor leads to its operation, and a command can be copied."""
    async with housed(vhost, database) as house, browsing() as browser:
        context = await browser.new_context(
            viewport={"width": width, "height": 740},
            locale="pt-BR",
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda told: faults.append(told.text))
        await page.clock.install()
        await page.goto(f"{house.url}/api")
        await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # what is said for a moment stays
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.get_by_role("link", name="Enviar um aviso ou um lote").first.click()
        await _leads_to(page, "postNotices")
        shell = page.locator("#getMe .shell").first
        await shell.get_by_role("button", name="Copiar").click()
        await expect(shell.get_by_role("button", name="Copiado")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == 'curl -H "Authorization: Bearer $MALHA_KEY" http://127.0.0.1/v1/me'
        await context.close()
    assert faults == []


async def _leads_to(page: Page, operation: str) -> None:
    await page.wait_for_url(f"**/api#{operation}")
    await page.wait_for_function(
        "id => { const { top } = document.getElementById(id).getBoundingClientRect();"
        " return top >= 0 && top < innerHeight; }",
        arg=operation,
    )
