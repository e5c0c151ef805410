"""What comes by mail is chosen on any screen, with or without scripts."""

from typing import Literal

import pytest
from playwright.async_api import expect

from shared.notices.sentences import Language
from tests.browser.house import browsing, housed
from tests.browser.quality import LAPTOP, PHONE, no_violations, visiting
from tests.support.registry import BELO_HORIZONTE
from tests.support.servers import Vhost


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(PHONE, "dark", "pt"), (LAPTOP, "light", "en"), (320, "light", "pt")]
)
async def test_choices_and_filters_without_scripts(
    vhost: Vhost, database: str, width: int, theme: Literal["light", "dark"], language: Language
) -> None:
    """Ticked off, saved, found again; a filter is made and deleted. Axe looks at each step."""
    async with (
        housed(vhost, database) as house,
        browsing() as browser,
        visiting(
            browser,
            house,
            role="member",
            member=BELO_HORIZONTE,
            width=width,
            theme=theme,
            language=language,
            scripts=False,
        ) as page,
    ):
        await page.goto("/conta/avisos")
        await page.uncheck("#kind-remark")
        await page.click("form[action='/conta/avisos'] button")
        await page.wait_for_url("**?feito=escolhas")
        await expect(page.locator("[role=status]")).to_have_count(1)
        await expect(page.locator("#kind-remark")).not_to_be_checked()
        await page.click("details summary")
        await page.select_option("#country", "PT")
        await page.fill("#name", "<b>Portugal</b> \u202e1")
        await page.click("form[action='/conta/avisos/filtros'] button")
        await page.wait_for_url("**?feito=filtro")
        await expect(page.locator(".rows .headline")).to_have_text("<b>Portugal</b> 1")
        await page.click(".rows button")
        await page.wait_for_url("**?feito=apagado")
        await expect(page.locator(".rows")).to_have_count(0)


@pytest.mark.parametrize(("width", "theme"), [(PHONE, "dark"), (LAPTOP, "light")])
async def test_the_page_is_for_everybody(
    vhost: Vhost, database: str, width: int, theme: Literal["light", "dark"]
) -> None:
    """No violation that axe finds, with a filter kept, an error shown, and the form open."""
    async with (
        housed(vhost, database) as house,
        browsing() as browser,
        visiting(browser, house, role="member", member=BELO_HORIZONTE, width=width, theme=theme) as page,
    ):
        await page.goto("/conta/avisos?country=PT&member=3170206")
        await no_violations(page)
        for outcome in (page.locator(".rows .headline"), page.locator("#name[aria-invalid=true]")):
            await page.fill("#name", "Portugal")
            await page.select_option("#country", "PT")
            await page.click("form[action='/conta/avisos/filtros'] button")
            await expect(outcome).to_have_count(1)
            await page.wait_for_load_state()
            await page.evaluate("document.querySelector('details').open = true")
        await no_violations(page)
