"""The map, its list and the card: by mouse, by keyboard, by eye and by ear."""

from __future__ import annotations

import re

from playwright.async_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.quality import PHONE, visiting

BELO_HORIZONTE = "#m3106200"
UBERLANDIA = "#m3170206"
SHINING = """new MutationObserver(() => {
    const lit = document.querySelectorAll(".lit").length;
    if (lit) document.body.dataset.shone = lit;
}).observe(document.getElementById("drawing"), {childList: true, subtree: true})"""
"""Keeps how many shone: five seconds of it may pass before a busy test looks."""


async def test_map_lights_up_and_counts_anew(house: House, page: Page) -> None:
    """A municipality of which nothing is known is grey, never a zero; a fact shines, and is then counted."""
    city = page.locator(BELO_HORIZONTE)
    await expect(city).to_have_attribute("data-shade", "none")
    await expect(city).to_have_attribute("aria-label", "Belo Horizonte: sem informação")
    await expect(page.locator("#legend li").first).to_contain_text("sem informação853")
    await page.evaluate(SHINING)
    await house.sign(1, effective_on="2020-01-01")
    await expect(page.locator("body")).to_have_attribute("data-shone", "1")
    await expect(city).to_have_attribute("data-shade", "1")
    await expect(city).to_have_attribute("aria-label", "Belo Horizonte: 1 em vigor")
    await expect(page.locator(UBERLANDIA)).to_have_attribute("data-shade", "none")
    await expect(page.locator(".lit")).to_have_count(0)
    await page.get_by_text("Último contato", exact=True).click()
    await expect(city).to_have_attribute("data-shade", "5")
    await page.get_by_text("Vencem em até 90 dias", exact=True).click()
    await expect(city).to_have_attribute("data-shade", "0")
    await page.reload()
    await expect(page.get_by_label("Vencem em até 90 dias", exact=True)).to_be_checked()


async def test_map_names_what_is_pointed_at(house: House, page: Page) -> None:
    """The name stands in the empty corner; a click opens the card beside, not over, what was clicked."""
    await house.sign(1)
    city = page.locator(BELO_HORIZONTE)
    await expect(city).not_to_have_attribute("data-shade", "none")
    await city.hover(force=True)
    await expect(page.locator("#readout")).to_contain_text("Belo Horizonte")
    await expect(page.locator("#readout")).to_contain_text("1 assinado")
    await city.click(force=True)
    card = page.locator("#city")
    await expect(card.locator("h3")).to_have_text("Belo Horizonte")
    shape = await city.bounding_box()
    beside = await card.bounding_box()
    assert shape is not None
    assert beside is not None
    assert beside["x"] + beside["width"] <= shape["x"]
    await page.keyboard.press("Escape")
    await expect(card).to_be_hidden()


async def test_map_is_walked_with_the_arrow_keys(page: Page) -> None:
    """One stop of the Tab key for 853 municipalities; letters jump, Enter opens, Escape leads back."""
    drawing = page.locator("#drawing svg")
    await expect(drawing).to_have_count(1)
    await drawing.focus()
    await expect(drawing).to_have_attribute("aria-activedescendant", "m3106200")
    await page.keyboard.press("ArrowLeft")
    first = await drawing.get_attribute("aria-activedescendant")
    assert first != "m3106200"
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("u")
    label = await page.locator(f"#{await drawing.get_attribute('aria-activedescendant')}").get_attribute(
        "aria-label"
    )
    assert label is not None
    assert label.startswith(("U", "Ú"))
    await page.keyboard.press("Enter")
    card = page.locator("#city")
    await expect(card.locator("h3")).to_have_text(label.partition(":")[0])
    await page.keyboard.press("Escape")
    await expect(drawing).to_be_focused()


async def test_list_says_what_the_map_says(house: House, page: Page) -> None:
    """For whoever cannot use a map: a name typed without accents, the list, the card, and back."""
    await house.sign(1, effective_on="2020-01-01")
    await page.focus("#find")
    await page.keyboard.type("uberlandia")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    row = page.locator("#city-list a:focus")
    await expect(row).to_have_text("Uberlândia")
    await expect(page.locator("#city-list li:visible .n")).to_have_text("sem informação")
    await page.keyboard.press("Enter")
    await expect(page.locator("#city h3")).to_have_text("Uberlândia")
    await page.keyboard.press("Escape")
    await expect(row).to_have_text("Uberlândia")
    await page.fill("#find", "")
    await page.mouse.move(0, 0)
    await page.locator("h1").click()
    first = page.locator("#city-list li").first
    await expect(first).to_contain_text("Belo Horizonte")
    await expect(first.locator(".n")).to_have_text("1")


async def test_on_a_phone_a_city_of_the_feed_is_a_page(house: House, browser: Browser) -> None:
    """Where there is no room beside the list, the link leads on."""
    await house.sign(1)
    async with visiting(browser, house, role="office", width=PHONE) as page:
        await page.goto("/")
        await page.locator("#facts .city").first.click()
        await page.wait_for_url("**/municipios/3106200")


async def test_without_scripts_there_is_a_list_and_a_way_on(house: House, browser: Browser) -> None:
    """What was there when the page was opened, filters by a button, and every municipality as a link."""
    await house.sign(1)
    await house.published(1)
    async with visiting(browser, house, role="office", scripts=False) as page:
        await page.goto("/")
        assert await page.locator("#facts .fact").count() == 1
        assert "ative o JavaScript" in await page.locator("#content").inner_html()
        assert await page.locator("#city-list a[href='/municipios/3106200']").count() == 1
        await page.select_option("#by-fato", "encerramentos")
        await page.get_by_role("button", name="Filtrar").click()
        await page.wait_for_url(re.compile("fato=encerramentos"))
        assert await page.locator("#facts .fact").count() == 0
