"""The console in a real browser, over the whole way: posted, registered, published, on the screen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from shared.notices.feed import RESTORED_TYPE
from tests.browser.house import House, browsing, console, housed
from tests.support.feed import publishing
from tests.support.servers import Vhost


@pytest.fixture
async def house(vhost: Vhost, database: str) -> AsyncIterator[House]:
    """The three services."""
    async with housed(vhost, database) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with browsing() as found:
        yield found


async def choose(page: Page, text: str) -> None:
    """Search a city and take the first that is found."""
    await page.fill("#find", text)
    await page.press("#find", "Enter")


async def test_a_fact_appears_and_the_city_is_one_click_away(house: House, browser: Browser) -> None:
    """What the governor asks: what is happening, and how many agreements has this city."""
    async with console(browser, house) as page:
        state = page.locator("#state")
        await expect(state).to_have_text("completo até 0")
        await house.sign(1, title="Irmanamento com o Porto")
        fact = page.locator("#facts .fact")
        await expect(fact).to_have_count(1)
        await expect(fact.locator(".title")).to_have_text("Irmanamento com o Porto")
        await expect(state).to_have_text("completo até 1")
        await fact.locator(".city").click()
        card = page.locator("#city")
        await expect(card.locator("h3")).to_have_text("Belo Horizonte")
        await expect(card.locator("#figure")).to_have_text("1")
        await expect(card).to_contain_text("acordo assinado, desde sempre")
        await choose(page, "sao joao del")
        await expect(card.locator("h3")).to_have_text("São João del Rei")
        await expect(card.locator("#figure")).to_have_text("sem informação")
        await card.locator(".close").click()
        await expect(card.locator("#figure")).to_have_count(0)


async def test_nothing_is_missed_while_the_line_is_down(house: House, browser: Browser) -> None:
    """The page opens a new stream by itself, and goes on where it was."""
    async with console(browser, house) as page:
        await expect(page.locator("#state")).to_have_text("completo até 0")
        await house.sign(1)
        await expect(page.locator("#state")).to_have_text("completo até 1")
        await page.route("**/v1/stream*", lambda route: route.abort())
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.locator("#state")).to_have_text("reconectando, completo até 1")
        await house.sign(2)
        await house.sign(3)
        await page.unroute("**/v1/stream*")
        await expect(page.locator("#state")).to_have_text("completo até 3", timeout=15_000)
        positions = await page.locator("#facts .fact").evaluate_all(
            "rows => rows.map(r => r.dataset.position)"
        )
        assert positions == ["3", "2", "1"]


async def test_a_gap_is_called_a_gap(house: House, browser: Browser, vhost: Vhost) -> None:
    """After a restore the page says that something is missing for as long as it does not have it."""
    mark = json.dumps({"specversion": "1.0", "type": RESTORED_TYPE, "data": {"position": 50}}).encode()
    async with console(browser, house) as page, publishing(vhost.amqp_url) as publish:
        await house.sign(1)
        await expect(page.locator("#state")).to_have_text("completo até 1")
        await publish(mark)
        await expect(page.locator("#state")).to_contain_text("lacuna depois de 1")
        assert await page.locator("#state").get_attribute("data-state") == "gap"


async def test_what_is_being_read_does_not_move(house: House, browser: Browser) -> None:
    """On a telephone, scrolled into the list: news waits behind a button; nothing is too wide."""
    async with console(browser, house, width=360) as page:
        await expect(page.locator("#state")).to_have_text("completo até 0")
        for number in range(1, 9):
            await house.sign(number)
        await expect(page.locator("#facts .fact")).to_have_count(8)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        row = page.locator("#facts .fact").nth(5)
        await row.scroll_into_view_if_needed()
        before = await row.bounding_box()
        await house.sign(9)
        await expect(page.locator("#held")).to_have_text("Mostrar 1 fato novo")
        await expect(page.locator("#state")).to_have_text("completo até 9")
        assert await row.bounding_box() == before
        await page.locator("#held").click()
        await expect(page.locator("#facts .fact")).to_have_count(9)
        await expect(page.locator("#held")).to_be_hidden()


async def test_it_can_be_used_from_the_keyboard(house: House, browser: Browser) -> None:
    """Skip link, search, the list, the card and back: without a mouse."""
    async with console(browser, house) as page:
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.locator("#find")).to_be_focused()
        await page.keyboard.type("uberlandia")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await expect(page.locator("#city-list button:focus")).to_have_text("Uberlândia")
        await page.keyboard.press("Enter")
        await expect(page.locator("#city h3")).to_have_text("Uberlândia")
        await page.keyboard.press("Tab")
        await expect(page.locator("#city .close")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#city-list button:focus")).to_have_text("Uberlândia")
