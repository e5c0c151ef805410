"""A citizen, and whoever reads one page about one place: on a phone, in a browser without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from services.registry.http.answers import today
from tests.browser.house import House, browsing, housed
from tests.browser.quality import LAPTOP, PHONE, no_violations, visiting
from tests.support.registry import BELO_HORIZONTE
from tests.support.servers import Vhost

CITY = f"/municipios/{BELO_HORIZONTE}"
HOSTILE = "<script>alert(1)</script> \u202eodatneserper\u202c =cmd|'/C calc'!A0 " + "x" * 120
PAGES = (
    "/estado", "/municipios", "/municipios?q=belo+horisonte", CITY, f"{CITY}?as_of=2024-01-01",
    "/municipios/3100104", "/organizacoes", "/paises", "/paises/PT", "/mesorregioes",
    "/mesorregioes/metropolitana-de-belo-horizonte", "/temas", "/temas/CULT", "/ods", "/ods/11", "/dados",
    "/privacidade", "/acessibilidade", "/erro", "/erro?obrigado", "/periodo-eleitoral",
)  # fmt: skip
OF_THE_COORDINATION = ("/erros", "/periodo-eleitoral", CITY)


@pytest.fixture
async def house(vhost: Vhost, database: str) -> AsyncIterator[House]:
    """The three services, with agreements told: plain ones, and one whose every word is hostile."""
    async with housed(vhost, database) as found:
        await found.sign(1, themes=["CULT"], sdgs=[11], signed_on="2019-05-01")
        await found.sign(2, title=HOSTILE, partners=[{"name": HOSTILE, "kind": "city", "country": "PT"}])
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with browsing() as found:
        yield found


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(PHONE, "light", "pt"), (LAPTOP, "dark", "en"), (320, "dark", "pt")]
)
async def test_pages_for_citizens_are_without_barriers(
    house: House,
    browser: Browser,
    width: int,
    theme: Literal["light", "dark"],
    language: Literal["pt", "en"],
) -> None:
    """Nothing that axe finds, nothing that runs out of the window, nothing that the browser complains of."""
    async with visiting(browser, house, width=width, theme=theme, language=language) as page:
        for path in PAGES:
            await page.goto(path)
            await _open_details(page)
            await no_violations(page)
    async with visiting(browser, house, role="coordination", width=width, theme=theme) as page:
        for path in OF_THE_COORDINATION:
            await page.goto(path)
            await _open_details(page)
            await no_violations(page)


async def test_a_citizen_finds_reads_and_reports_without_scripts(house: House, browser: Browser) -> None:
    """From the state to a city, its years, its partners' country; then says that something is wrong."""
    async with visiting(browser, house, width=PHONE, scripts=False) as page:
        await page.goto("/estado")
        await page.get_by_label("Procure um município").fill("belo horizonte")
        await page.get_by_role("button", name="Procurar").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Belo Horizonte")
        await expect(page.locator(".figure")).to_have_text("2")
        await expect(page.get_by_text("acordos assinados, desde sempre")).to_be_visible()
        await page.get_by_text("Ver os números").click()
        await expect(page.get_by_role("row", name="2019 1")).to_be_visible()
        await page.get_by_role("link", name="Portugal", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Portugal")
        await page.get_by_role("link", name="Informar um erro").click()
        await expect(page.get_by_label("Em que página")).to_have_value("/paises/PT")
        await page.get_by_label("O que está errado").fill(HOSTILE)
        await page.get_by_label("Seu e-mail").fill("isto não é")
        await page.get_by_role("button", name="Enviar").click()
        await expect(page.get_by_role("alert")).to_contain_text("nome@exemplo.org")
        await expect(page.get_by_label("O que está errado")).to_have_value(HOSTILE)
        await page.get_by_label("Seu e-mail").fill("")
        await page.get_by_role("button", name="Enviar").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Recebido. Obrigado.")
    async with visiting(browser, house, role="coordination") as page:
        await page.goto("/erros")
        await expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
        await page.get_by_label("O que foi feito").fill("Nada a corrigir (fictício)")
        await page.get_by_role("button", name="Encerrar o caso").click()
        await expect(page.get_by_text("Nenhum erro à espera.")).to_be_visible()


async def test_another_day_is_two_steps_away_by_keyboard(house: House, browser: Browser) -> None:
    """Opened, typed, sent: the number of that day, and a way back."""
    async with visiting(browser, house) as page:
        await page.goto(CITY)
        await page.get_by_text("Ver em outro dia").focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("Como estava em").fill("2020-01-01")
        await page.keyboard.press("Enter")
        await expect(page.locator(".figure")).to_have_text("1")
        await expect(page.get_by_text("Você vê a situação em 1 de janeiro de 2020")).to_be_visible()
        await page.get_by_role("link", name="Ver hoje").click()
        await expect(page.locator(".figure")).to_have_text("2")


async def test_the_months_before_an_election(house: House, browser: Browser) -> None:
    """The coordination marks them; a citizen reads facts alone, and why."""
    async with visiting(browser, house, role="coordination") as page:
        await page.goto("/periodo-eleitoral")
        first, last = today(), today() + timedelta(1)  # it may be midnight soon
        await page.get_by_label("Primeiro dia").fill(first.isoformat())
        await page.get_by_label("Último dia").fill(last.isoformat())
        await page.get_by_role("button", name="Mostrar só fatos nesses dias").click()
        await expect(page.get_by_text("as páginas públicas mostram só fatos.")).to_be_visible()
        async with visiting(browser, house) as citizen:
            await citizen.goto(CITY)
            await expect(citizen.get_by_text("Período eleitoral: até")).to_be_visible()
            await expect(citizen.get_by_role("link", name="com Porto")).to_be_visible()
            await no_violations(citizen)
            await citizen.get_by_role("link", name="Por quê?").click()
            await expect(citizen.get_by_role("heading", level=1)).to_have_text("Período eleitoral")
        await page.get_by_role("button", name="Desfazer").click()
        await expect(page.get_by_text("Hoje as páginas mostram tudo o que é público.")).to_be_visible()


async def _open_details(page: Page) -> None:
    """What is folded away is held to the same."""
    await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
