"""The coordinator's day at the boards: by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from services.registry.http.answers import today
from tests.browser.house import House, browsing, housed
from tests.browser.quality import LAPTOP, PHONE, asked_until, no_violations, visiting
from tests.support.servers import Vhost

BOARDS = (
    "/quadros",
    "/quadros/brasilia",
    "/quadros/vencimentos",
    "/quadros/pendencias",
    "/quadros/silencio",
    "/quadros/mesmo-texto",
    "/quadros/duplicatas",
    "/quadros/sem-objetivos",
    "/quadros/a-classificar",
)


@pytest.fixture
async def house(vhost: Vhost, database: str) -> AsyncIterator[House]:
    """A house where something lies on most boards."""
    async with housed(vhost, database) as found:
        soon = (today() + timedelta(20)).isoformat()
        waiting = {"federal": {"status": "consulted", "body": "MRE", "since": "2026-01"}}
        await found.sign(1, title="Prazo trocado", ends_on="2024-01-01")
        await found.sign(2, title="Vence logo", instrument="ACT", ends_on=soon, signed_on="2024-02-02")
        await found.sign(3, title="Visita fictícia", instrument="OUT", gates=waiting, signed_on="2022-02-02")
        yield found


async def test_the_boards_are_open_to_everybody_who_works_with_them(house: House) -> None:
    """No barrier that axe finds, in either language, on a phone in the dark and on a desk."""
    async with browsing() as browser:
        async with visiting(browser, house, role="coordination", width=PHONE, theme="dark") as page:
            await _visit_all(page)
        async with visiting(browser, house, role="office", width=LAPTOP, language="en") as page:
            await _visit_all(page)


async def test_an_entry_is_closed_by_keyboard(house: House) -> None:
    """From the boards to the reason without a mouse; what is closed has left the list."""
    async with browsing() as browser, visiting(browser, house, role="coordination") as page:
        await page.goto("/quadros")
        await page.get_by_role("link", name="Pendências").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/quadros/pendencias")
        await expect(page.get_by_role("heading", level=1, name="Pendências")).to_be_visible()
        entries = page.locator("ol.rows > li")
        count = await entries.count()
        await entries.first.locator("summary").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Conferido com a prefeitura.")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(entries).to_have_count(count - 1)


async def test_an_agreement_is_classified_without_scripts(house: House) -> None:
    """One choice and one button; once it is registered nothing is left to classify."""
    async with browsing() as browser, visiting(browser, house, role="coordination", scripts=False) as page:
        await page.goto("/quadros/a-classificar")
        await page.get_by_label("Tipo").select_option("MOU")
        await page.get_by_role("button", name="Classificar").click()
        await expect(page.get_by_text("MG-").first).to_be_visible()
        await asked_until(page, "/quadros/a-classificar", page.get_by_text("Visita fictícia"), gone=True)


async def _visit_all(page: Page) -> None:
    for board in BOARDS:
        answer = await page.goto(board)
        assert answer is not None
        assert answer.status == 200, board
        await no_violations(page)
