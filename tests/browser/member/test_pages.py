"""Every page of a member, as a telephone, a desk, another language and a browser without scripts show it."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest
from playwright.async_api import Browser, expect

from services.registry.http.answers import today
from services.registry.network import delegations, keys
from shared.notices.sentences import Language
from tests.browser.house import House
from tests.browser.member.conftest import UNIVERSITY
from tests.browser.quality import LAPTOP, PHONE, no_violations, visiting
from tests.support.registry import BELO_HORIZONTE

PATHS = ("/membro", "/membro/avisos", "/membro/chaves", "/membro/delegacoes", f"/incorporar/{BELO_HORIZONTE}")
HOSTILE = "<script>alert(1)</script> \u202egnp.exe =cmd|' /C calc'!A0 " + "x" * 400


@pytest.fixture
async def full(house: House) -> House:
    """The house, with something on each page; some of it hostile."""
    connection = await asyncpg.connect(house.database_url, timeout=10)
    await keys.issue_key(connection, "test", BELO_HORIZONTE, "member", HOSTILE[:80])
    await connection.execute("UPDATE api_key SET issued_at = '2023-05-01' WHERE label <> ''")
    await delegations.delegate(connection, BELO_HORIZONTE, UNIVERSITY, None, None, today=today())
    await connection.close()
    await house.sign(1, ends_on=(today() + timedelta(days=60)).isoformat())
    await house.sign(2, title=HOSTILE, object=HOSTILE)
    await house.sign(3, signed_on="2026-05-01", ends_on="2020-01-01")
    return house


@pytest.mark.parametrize(
    ("width", "theme", "language", "scripts"),
    [
        (PHONE, "light", "pt", True),
        (LAPTOP, "dark", "en", True),
        (320, "light", "pt", False),
    ],
    ids=["phone", "desk in the dark, in English", "320 px without scripts"],
)
async def test_pages_read_well_everywhere(
    full: House, browser: Browser, width: int, theme: str, language: Language, *, scripts: bool
) -> None:
    """Axe finds nothing, nothing runs out of the window, and what is hostile is text."""
    async with visiting(
        browser,
        full,
        role="member",
        member=BELO_HORIZONTE,
        width=width,
        theme="dark" if theme == "dark" else "light",
        language=language,
        scripts=scripts,
    ) as page:
        for path in PATHS:
            await page.goto(path)
            await expect(page.get_by_role("heading", level=1)).to_have_count(1)
            if scripts:
                await no_violations(page)
            else:
                await expect(page.locator("#trial-form:visible")).to_have_count(0)
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


async def test_the_coordination_sees_what_waits_and_answers_nothing(full: House, browser: Browser) -> None:
    """It may correct and retract for a member; what only the member tells is not offered to it."""
    async with visiting(browser, full, role="coordination") as page:
        await page.goto(f"/membro?member={BELO_HORIZONTE}")
        await no_violations(page)
        await expect(page.get_by_role("list", name="Algo não combina")).to_contain_text("Retirar o aviso")
        await expect(page.get_by_role("link", name="Foi renovado")).to_have_count(0)
        await page.get_by_role("link", name="Chaves").click()
        await expect(page.get_by_role("navigation", name="Onde você está")).to_contain_text("Belo Horizonte")
        await expect(page.get_by_text("ninguém deste membro entrou desde a mudança")).to_be_visible()


async def test_the_keyboard_is_enough(full: House, browser: Browser) -> None:
    """From the top of the page to a delegation that is given and taken back, without a mouse."""
    async with visiting(browser, full, role="member", member=UNIVERSITY) as page:
        await page.goto("/membro/delegacoes")
        await page.get_by_label("Quem", exact=True).focus()
        await page.keyboard.type("belo horizonte")
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("Todos os tipos de aviso")).to_be_focused()
        await page.keyboard.press("Enter")
        given = page.get_by_role("list", name="Quem pode enviar por este membro")
        await expect(given).to_contain_text("Belo Horizonte")
        await page.get_by_role("button", name="Desfazer Belo Horizonte").press("Enter")
        await expect(page.get_by_text("Ninguém mais envia por este membro.")).to_be_visible()
