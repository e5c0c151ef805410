"""Coming in and going out, as a clerk with an old phone and the coordination at a desk do it."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.async_api import Browser, expect

from tests.browser.house import House
from tests.browser.quality import LAPTOP, PHONE, asked_until, no_violations, visiting
from tests.support.registry import BELO_HORIZONTE

NARROW = 320


async def test_a_clerk_opens_the_towns_account_with_a_letter(
    browser: Browser, house: House, code: str
) -> None:
    """On a phone of 320 pixels, without scripts: the code, a name, an address, and a second person."""
    async with visiting(browser, house, width=NARROW, scripts=False) as page:
        await page.goto("/entrar")
        await page.get_by_label("Código da carta").fill(code.lower())
        await page.get_by_role("button", name="Usar o código").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Abrir a conta de Belo Horizonte")
        await page.get_by_role("button", name="Abrir a conta e entrar").click()
        await expect(page.locator("#nome-error")).to_contain_text("Escreva o seu nome")
        await page.get_by_label("Seu nome").fill("Fulana (fictícia)")
        await page.get_by_label("Seu e-mail de trabalho").fill("fulana@example.org")
        await page.get_by_role("button", name="Abrir a conta e entrar").click()
        await expect(page.get_by_text("A conta está aberta, e você já entrou.")).to_be_visible()
        await page.get_by_label("Nome", exact=True).fill("Sicrana (fictícia)")
        await page.get_by_label("E-mail de trabalho").fill("sicrana@example.org")
        await page.get_by_role("button", name="Indicar e mostrar o link").click()
        link = await page.locator(".secret code").inner_text()
        await expect(page.get_by_text("Sicrana (fictícia)").first).to_be_visible()
    async with visiting(browser, house, width=NARROW, scripts=False) as other:
        await other.goto(re.sub(r"^http://[^/]+", "", link))
        await expect(other.get_by_text("Você entra como Sicrana (fictícia)")).to_be_visible()
        await other.get_by_role("main").get_by_role("button", name="Entrar").click()
        await expect(other.get_by_role("button", name="Sair")).to_be_visible()
        await other.goto("/conta")
        await expect(other.get_by_role("main")).to_contain_text("sicrana@example.org")


async def test_a_session_ended_at_one_window_is_over_at_the_other(browser: Browser, house: House) -> None:
    """In every service, the notifier's console included."""
    async with (
        visiting(browser, house, role="coordination") as kept,
        visiting(browser, house, role="coordination") as lost,
    ):
        await kept.goto("/conta")
        await kept.get_by_role("button", name="Encerrar todos os outros").click()
        await expect(kept.get_by_role("button", name="Encerrar todos os outros")).to_have_count(0)
        await expect(kept.get_by_text("este aparelho")).to_be_visible()  # now that all others are gone
        await asked_until(lost, "/conta", lost.get_by_role("heading", level=1, name="Entrar", exact=True))
        await lost.goto("/")
        await expect(lost.get_by_role("link", name="Entre aqui")).to_be_visible()
        await kept.goto("/conta")
        await expect(kept.get_by_role("heading", level=1)).to_have_text("Sua conta")


@pytest.mark.parametrize("is_phone", [True, False], ids=["phone by day", "desk by night, in English"])
async def test_the_pages_of_accounts_have_no_violation(
    browser: Browser, house: House, code: str, *, is_phone: bool
) -> None:
    """By axe, in both languages, light and dark."""
    seen = partial(
        visiting,
        browser,
        house,
        width=PHONE if is_phone else LAPTOP,
        language="pt" if is_phone else "en",
        theme="light" if is_phone else "dark",
    )
    async with seen() as page:
        for path in ("/entrar", "/convite", f"/convite?codigo={code}", "/convite?codigo=x", "/entrar/spent"):
            await page.goto(path)
            await no_violations(page)
    async with seen(role="coordination") as page:
        for path in (
            "/conta", f"/pessoas?member={BELO_HORIZONTE}", "/pessoas", "/convites", "/auditoria",
            f"/convites/cartas?member={BELO_HORIZONTE}",
        ):  # fmt: skip
            await page.goto(path)
            await no_violations(page)
