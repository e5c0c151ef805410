"""The feed in a real browser, over the whole way: posted, registered, published, on the screen."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.quality import PHONE, visiting

SIGNED = "br.malha.agreement.signed.v1"
ENDED = "br.malha.agreement.terminated.v1"


async def test_a_fact_appears_and_the_city_is_one_click_away(house: House, page: Page) -> None:
    """What the governor asks: what is happening, and how many agreements has this city."""
    await house.sign(1, title="Irmanamento com o Porto")
    fact = page.locator("#facts .fact")
    await expect(fact).to_have_count(1)
    await expect(fact.locator(".title")).to_have_text("Irmanamento com o Porto")
    await expect(page.locator("#state")).to_have_text("completo até 1")
    await expect(fact.locator(".agreement")).to_have_attribute("href", re.compile("^/acordos/AG-"))
    await fact.locator(".city").click()
    card = page.locator("#city")
    await expect(card.locator("h3")).to_have_text("Belo Horizonte")
    await expect(card.locator("#figure")).to_have_text("1")
    await expect(card).to_contain_text("acordo assinado, desde sempre")
    await expect(card.get_by_role("link", name="Página completa")).to_have_attribute(
        "href", "/municipios/3106200"
    )
    await page.fill("#find", "sao joao del")
    await page.press("#find", "Enter")
    await expect(card.locator("h3")).to_have_text("São João del Rei")
    await expect(card.locator("#figure")).to_have_text("sem informação")
    await card.locator(".close").click()
    await expect(card).to_be_hidden()


async def test_facts_that_come_fast_come_as_one(house: House, page: Page) -> None:
    """A vendor loads an afternoon's work: one line that counts, each fact one click behind it, none lost."""
    await house.sign_at_once(20)
    await page.wait_for_function(
        "() => [...document.querySelectorAll('#facts > li')]"
        ".reduce((sum, row) => sum + (row.items?.length ?? 1), 0) === 20"
    )
    await expect(page.locator("#state")).to_have_text("completo até 20")
    group = page.locator("#facts .group").first
    await expect(group).to_contain_text("fatos quase juntos")
    await expect(group).to_contain_text("Assinaturas e renovações")
    for summary in await page.locator("#facts .group summary").all():
        await summary.click()
    await expect(page.locator("#facts .fact")).to_have_count(20)
    positions = await page.locator("#facts .fact").evaluate_all(
        "rows => rows.map(row => Number(row.dataset.position))"
    )
    assert positions == list(range(20, 0, -1))


async def test_what_is_being_read_does_not_move(house: House, browser: Browser) -> None:
    """On a telephone, scrolled into the list: news waits behind a button; nothing is too wide."""
    async with visiting(browser, house, role="office", width=PHONE) as page:
        await page.goto("/")
        await expect(page.locator("#state")).to_have_text("completo até 0")
        for number in range(1, 9):
            await house.sign(number)
            await expect(page.locator("#state")).to_have_text(f"completo até {number}")
        await page.reload()
        await expect(page.locator("#facts .fact")).to_have_count(8)
        await expect(page.locator("#m3106200")).not_to_have_attribute(
            "data-shade", "none"
        )  # all is in its place
        row = page.locator("#facts .fact").nth(5)
        await row.evaluate("row => row.scrollIntoView({block: 'center'})")
        before = await row.bounding_box()
        await house.sign(9)
        await expect(page.locator("#held")).to_have_text("Mostrar 1 fato novo")
        await expect(page.locator("#state")).to_have_text("completo até 9")
        assert await row.bounding_box() == before
        await page.locator("#held").click()
        await expect(page.locator("#facts .fact")).to_have_count(9)
        await expect(page.locator("#held")).to_be_hidden()


async def test_quiet_lets_nothing_slide_in(house: House, page: Page) -> None:
    """Before a meeting nothing moves; what came is there when it is wanted, and the badge stays true."""
    await page.get_by_role("button", name="Modo silencioso").click()
    await house.sign(1)
    await expect(page.locator("#state")).to_have_text("completo até 1")
    await expect(page.locator("#held")).to_have_text("Mostrar 1 fato novo")
    assert await page.locator("#facts .fact").count() == 0
    await page.reload()
    quiet = page.get_by_role("button", name="Modo silencioso")
    await expect(quiet).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#facts .fact")).to_have_count(1)
    await house.sign(2)
    await expect(page.locator("#held")).to_be_visible()
    await quiet.click()
    await expect(page.locator("#facts .fact")).to_have_count(2)


async def test_filter_of_the_page_is_that_of_the_stream(house: House, page: Page) -> None:
    """What was not asked for is not shown, and counted as received all the same."""
    await page.select_option("#by-fato", "encerramentos")
    await page.wait_for_url("**/?fato=encerramentos")
    await house.sign(1)
    await expect(page.locator("#state")).to_have_text("completo até 1")
    await house.tell(ENDED, "PROC-1", {"effective_on": "2026-01-02"})
    await expect(page.locator("#facts .fact")).to_have_count(1)
    await expect(page.locator("#facts .headline")).to_contain_text("Rescindido")
    await page.goto(
        "/?country=PT&sdg=6&mesoregion=Metropolitana+de+Belo+Horizonte&instrument=IRM&state=in_force"
    )
    await expect(page.locator("#state")).to_have_text("completo até 2")
    before = await page.locator("#facts .fact").count()
    await house.sign(2, sdgs=[6])
    await expect(page.locator("#facts .fact")).to_have_count(before + 1)
    await house.sign(3, sdgs=[7])
    await house.sign(4, sdgs=[6])
    await expect(page.locator("#facts .fact").first).to_have_attribute("data-position", "5")
    await expect(page.locator("#facts .fact")).to_have_count(before + 2)
    await page.get_by_role("link", name="Ver todos os fatos").click()
    await expect(page.locator("#facts .fact")).to_have_count(5)


async def test_since_the_last_visit_is_told_in_groups(house: House, page: Page) -> None:
    """Whoever comes back learns how many facts of which kind came, and where what was seen begins."""
    await house.sign(1)
    await expect(page.locator("#facts .fact")).to_have_count(1)
    context = page.context
    await page.close()
    for number in range(2, 5):
        await house.sign(number)
    last = await house.tell(ENDED, "PROC-2", {"effective_on": "2026-01-02"})
    await house.published(last)
    back = await context.new_page()
    await back.goto("/")
    since = back.locator("#since")
    await expect(since).to_contain_text("Desde a sua última visita")
    await expect(since).to_contain_text("4 fatos novos")
    await expect(since).to_contain_text("Assinaturas e renovações 3")
    await expect(since).to_contain_text("Encerramentos 1")
    await expect(back.locator(".seen")).to_have_attribute("data-position", "1")
    await since.get_by_role("button", name="Fechar").click()
    await back.reload()
    await expect(back.locator("#state")).to_have_text("completo até 5")
    await expect(since).to_be_hidden()


async def test_notifications_are_those_that_were_chosen(house: House, page: Page) -> None:
    """Asked for on the click, shown while nobody looks; what was not chosen is not shown."""
    await page.context.grant_permissions(["notifications"])
    await page.add_init_script(
        "window.shown = []; document.hasFocus = () => false;"
        "window.Notification = class extends EventTarget {"
        "  static permission = 'granted'; static requestPermission = async () => 'granted';"
        "  constructor(title, options) { super(); shown.push([title, options.body]); } };"
    )
    await page.reload()
    await page.get_by_text("Avisar-me").click()
    await page.get_by_label("Encerramentos").check()
    await page.wait_for_function("() => localStorage.getItem('malha-alerts') === '[\"encerramentos\"]'")
    await house.sign(1, title="Não escolhido")
    await house.tell(ENDED, "PROC-1", {"effective_on": "2026-01-02"})
    told = await page.wait_for_function("() => shown.length && shown")
    [[title, body]] = await told.json_value()
    assert title.startswith("Rescindido o acordo de Belo Horizonte")
    assert body == "Não escolhido"


async def test_older_facts_are_one_click_away(house: House, page: Page) -> None:
    """The page opens with the last fifty; what came before is fetched from the registry."""
    for first in range(1, 61, 20):
        await asyncio.gather(*(house.sign(number) for number in range(first, first + 20)))
    await house.published(60)
    await page.goto("/")
    await expect(page.locator("#facts .fact")).to_have_count(50)
    await page.get_by_role("button", name="Mostrar fatos mais antigos").click()
    await expect(page.locator("#facts .fact")).to_have_count(60)
    positions = await page.locator("#facts .fact").evaluate_all(
        "rows => rows.map(row => Number(row.dataset.position))"
    )
    assert positions == list(range(60, 0, -1))
