"""Operations at three in the morning: what failed is found, tried out, ordered, without barriers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.house import House
from tests.browser.quality import LAPTOP, PHONE, asked_until, no_violations, visiting
from tests.support.laid import failed, lay, lay_bodies
from tests.support.servers import Vhost

LONG = "Erro muito comprido sem um espaço: " + "x" * 200


@pytest.mark.parametrize("seen", [{"width": PHONE}, {"width": LAPTOP, "theme": "dark", "language": "en"}])
async def test_what_failed_is_ordered_and_done(
    house: House, browser: Browser, vhost: Vhost, seen: dict[str, Any]
) -> None:
    """Every page on the way, on a phone, and on a laptop by night."""
    await lay(vhost, failed(3))
    await lay(vhost, failed(1, name="long"), error=LONG)
    await lay_bodies(vhost, [(b"<script>alert(1)</script>\x00", {"reason": "junk"})])
    async with visiting(browser, house, role="ops", **seen) as page:
        await page.goto("/operacao")
        await no_violations(page)
        await page.locator("button[value=park]").first.click()
        await no_violations(page)
        await page.locator("#reason").fill("Separados até resolver a causa")
        await page.locator("form[action$=confirmar] button").click()
        await asked_until(page, page.url, page.locator("form[action$=cancelar]"), gone=True)
        await no_violations(page)
        await expect(page.locator("body")).to_contain_text("Separados até resolver a causa")
        for path in ("/operacao", "/operacao/falhas", "/operacao/falhas?fila=separados", "/operacao/pedidos"):
            await page.goto(path)
            await no_violations(page)
        await page.goto("/operacao/falhas")
        await page.locator(".rows .headline a").first.click()
        await no_violations(page)
        await page.locator("button[value=replay]").click()
        await no_violations(page)
