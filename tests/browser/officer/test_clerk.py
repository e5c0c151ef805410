"""The clerk of a small town: an old phone, no scripts, a line that breaks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.house import House
from tests.browser.quality import asked_until, no_violations, visiting
from tests.support.registry import BELO_HORIZONTE

NARROW: Final = 320
TITLE: Final = "Intercâmbio fictício de professores"
ANSWER: Final = re.compile(r"Registrado\.|Entregue à rede\.")
"""The registry's, or where it takes its time that of the network."""
PROTOCOL: Final = re.compile(r"MG-[0-9A-Z]{13}")


async def _answer(page: Page) -> None:
    """Five answers."""
    await page.get_by_label("1. O que é o acordo?").fill(TITLE)
    await page.get_by_label("Nome do parceiro").first.fill("Cidade Exemplo")
    await page.locator('[name="partners.0.kind"]').select_option(label="Cidade")
    await page.locator('[name="partners.0.country"]').select_option(label="Portugal")
    await page.get_by_label("Data da assinatura").fill("30052025")


async def test_an_agreement_in_five_answers_on_an_old_phone(house: House, browser: Browser) -> None:
    """Without scripts, 320 pixels wide: a protocol at once, a receipt, the page where the photo goes."""
    async with visiting(
        browser, house, role="member", member=BELO_HORIZONTE, width=NARROW, scripts=False
    ) as page:
        await page.goto("/registrar")
        await page.get_by_role("button", name="Registrar o acordo").click()
        summary = page.get_by_role("alert")
        await expect(summary).to_contain_text("O que é o acordo? Falta responder aqui.")
        await summary.get_by_role("link").first.click()
        await _answer(page)
        await page.get_by_role("button", name="Registrar o acordo").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Recebido")
        await expect(page.locator("main")).to_contain_text(PROTOCOL)
        await expect(page.locator("main")).to_contain_text(ANSWER)
        await page.get_by_role("link", name="Acompanhar e juntar o texto").click()
        await page.wait_for_url("**/protocolos/*")
        await asked_until(page, page.url, page.get_by_text(TITLE))


async def test_nothing_to_declare_is_one_click(house: House, browser: Browser) -> None:
    """And gives the dated statement that transparency rules ask for."""
    async with visiting(
        browser, house, role="member", member=BELO_HORIZONTE, width=NARROW, scripts=False
    ) as page:
        await page.goto("/registrar/nada-a-declarar")
        await page.get_by_role("button", name="Declarar hoje").click()
        await expect(page.locator("main")).to_contain_text("O município de Belo Horizonte declara que, em")
        await expect(page.locator("main")).to_contain_text(PROTOCOL)


async def test_what_was_typed_survives_a_line_that_breaks(house: House, browser: Browser) -> None:
    """It stays on the phone, and goes by itself when the line is back: once."""
    async with visiting(browser, house, role="member", member=BELO_HORIZONTE, width=NARROW) as page:
        await page.goto("/registrar")
        await _answer(page)
        await page.context.set_offline(True)
        await page.get_by_role("button", name="Registrar o acordo").click()
        await expect(page.locator("[data-line]")).to_contain_text("está guardado neste aparelho")
        await page.context.set_offline(False)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Recebido")
        await page.goto("/registrar")
        await expect(page.get_by_label("1. O que é o acordo?")).to_have_value("")


async def test_a_phone_that_went_to_sleep_finds_the_draft_again(house: House, browser: Browser) -> None:
    """The page is opened anew, and the words are there; they can be thrown away."""
    async with visiting(browser, house, role="member", member=BELO_HORIZONTE, width=NARROW) as page:
        await page.goto("/registrar")
        await _answer(page)
        await page.goto("/membro")
        await page.goto("/registrar")
        await expect(page.get_by_text("O que você digitou antes está aqui de novo.")).to_be_visible()
        await expect(page.get_by_label("1. O que é o acordo?")).to_have_value(TITLE)
        await expect(page.locator('[name="partners.0.country"]')).to_have_value("PT")
        await no_violations(page)
        await page.get_by_role("button", name="Apagar e começar de novo").click()
        await expect(page.get_by_label("1. O que é o acordo?")).to_have_value("")


async def _by_letters(page: Page, label: str) -> None:
    """In the field that has the focus; again, where they came a second apart: each began anew."""
    field = page.locator("select:focus")
    for _ in range(20):
        await page.keyboard.type(label)
        if await field.evaluate("field => field.selectedOptions[0].label") == label:
            return
        await page.wait_for_timeout(1500)
    raise AssertionError(label)


async def _by_arrows(page: Page, label: str) -> None:
    """From one option to the next, in the field that has the focus."""
    field = page.locator("select:focus")
    for _ in range(await field.locator("option").count()):
        if await field.evaluate("field => field.selectedOptions[0].label") == label:
            return
        await page.keyboard.press("ArrowDown")
    raise AssertionError(label)


@pytest.mark.parametrize("choose", [_by_letters, _by_arrows])
async def test_a_clerk_registers_by_keyboard_alone(
    house: House, browser: Browser, choose: Callable[[Page, str], Awaitable[None]]
) -> None:
    """Every field is reached in order, and the receipt too; who is slow meets the same fields."""
    async with visiting(browser, house, role="member", member=BELO_HORIZONTE) as page:
        await page.goto("/registrar")
        await page.get_by_label("1. O que é o acordo?").focus()
        await page.keyboard.type(TITLE)
        await page.keyboard.press("Tab")
        await page.keyboard.type("Cidade Exemplo")
        await page.keyboard.press("Tab")
        await choose(page, "Cidade")
        await page.keyboard.press("Tab")
        await choose(page, "Portugal")
        await expect(page.locator("#known")).to_contain_text("Ninguém mais em Minas")
        for _ in range(4):  # who else knows the partner, the kind of agreement, whether it is signed, when
            await page.keyboard.press("Tab")
        await page.keyboard.type("2019")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Recebido")


async def test_an_answer_that_comes_takes_no_link_from_under_the_focus(
    house: House, browser: Browser
) -> None:
    """Who stood on it by keyboard would be nowhere, and a screen reader would say nothing."""
    async with visiting(browser, house, role="member", member=BELO_HORIZONTE) as page:
        await page.goto("/registrar")
        link = page.get_by_role("link", name="Ver quem mais em Minas")
        asked = asyncio.Event()

        async def hold(route: Route) -> None:
            await asked.wait()
            await route.continue_()

        await page.route("**/acordos/parceiros?nome=*", hold)
        await page.get_by_label("Nome do parceiro").first.press_sequentially("Cidade Exemplo")
        await link.focus()
        asked.set()
        await expect(page.locator("#known")).to_contain_text("Ninguém mais em Minas")
        await expect(link).to_be_focused()
        await no_violations(page)


async def test_who_else_knows_the_partner_is_said_while_typing(house: House, browser: Browser) -> None:
    """Another city's agreement with the same partner is no news to nobody."""
    await house.sign(1, partners=[{"name": "Cidade Exemplo", "kind": "city", "country": "PT"}])
    async with visiting(browser, house, role="member", member="3170206") as page:
        like = "/acordos/parceiros?nome=Cidade+Exempl"  # names are known a moment after the agreement
        await asked_until(page, like, page.get_by_role("main").get_by_text("Belo Horizonte"))
        await page.goto("/registrar")
        await page.get_by_label("Nome do parceiro").first.press_sequentially("Cidade Exempl")
        await expect(page.locator("#known")).to_contain_text("Belo Horizonte")
