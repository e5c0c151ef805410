"""The open stream through cuts, restarts, many tabs and the end of a session."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, Route, expect
from yarl import URL

from shared.notices.feed import RESTORED_TYPE
from tests.browser.house import House, housed
from tests.browser.quality import visiting
from tests.support.fault_proxy import fault_proxy
from tests.support.feed import publishing
from tests.support.servers import Vhost

_LONGEST_PAUSE_MS = 60_000
"""Until a page has tried again: pauses grow to half a minute while a busy machine does something else."""


async def shows(page: Page, *positions: int) -> None:
    """Wait until the page has facts at these positions, from the top, and no others."""
    facts = page.locator("#facts .fact")
    await expect(facts).to_have_count(len(positions))
    found = await facts.evaluate_all("rows => rows.map(row => Number(row.dataset.position))")
    assert found == list(positions)


async def fallen_asleep(page: Page) -> Callable[[], Awaitable[object]]:
    """Stop all that runs in the page, as a browser does that freezes a tab; what is returned wakes it up.

    A page that is driven counts as looked at and is never frozen: a debugger stops it, and says so.
    """
    sleeper = await page.context.new_cdp_session(page)
    asleep = asyncio.Event()
    sleeper.once("Debugger.paused", lambda _: asleep.set())
    await sleeper.send("Debugger.enable")
    await sleeper.send("Runtime.evaluate", {"expression": "setTimeout(() => { debugger; })"})
    async with asyncio.timeout(30):
        await asleep.wait()
    return lambda: sleeper.send("Debugger.disable")


async def test_nothing_is_missed_while_the_line_is_down(house: House, page: Page) -> None:
    """The page opens a new stream by itself, and goes on where it was."""
    await house.sign(1)
    await expect(page.locator("#state")).to_have_text("completo até 1")
    await page.route("**/v1/stream*", lambda route: route.abort())
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("#state")).to_have_text("reconectando, completo até 1")
    await house.sign(2)
    await house.sign(3)
    await page.unroute("**/v1/stream*")
    await expect(page.locator("#state")).to_have_text("completo até 3", timeout=_LONGEST_PAUSE_MS)
    await shows(page, 3, 2, 1)


async def test_a_cut_and_a_restart_lose_and_double_nothing(
    vhost: Vhost, database: str, browser: Browser
) -> None:
    """A proxy that drops connections, a deploy: the page goes on, each fact once."""
    async with housed(vhost, database) as house, fault_proxy(house.url) as line:
        behind = house._replace(url=line.url)
        async with visiting(browser, behind, role="office") as page:
            await page.goto("/")
            await expect(page.locator("#state")).to_have_text("completo até 0")
            await house.sign(1)
            await expect(page.locator("#state")).to_have_text("completo até 1")
            line.refuse()
            line.cut()
            await house.sign(2)
            await expect(page.locator("#state")).to_have_attribute("data-state", "reconnecting")
            await line.accept()
            await expect(page.locator("#state")).to_have_text("completo até 2", timeout=_LONGEST_PAUSE_MS)
            line.refuse()
            line.cut()
            async with housed(vhost, database) as next_house:
                line.lead_to(next_house.url)
                await line.accept()
                await next_house.sign(3)
                await expect(page.locator("#state")).to_have_text("completo até 3", timeout=_LONGEST_PAUSE_MS)
                await shows(page, 3, 2, 1)
                line.lead_to(house.url)
                line.cut()


async def _patiently(route: Route) -> None:
    """The sharing of a stream, among tabs that wait long for whoever leads: a busy machine answers late."""
    answer = await route.fetch()
    quick = "const ANSWER_MS = 5_000;"
    body = await answer.text()
    assert quick in body
    await route.fulfill(response=answer, body=body.replace(quick, "const ANSWER_MS = 600_000;"))


async def _as_it_was_at_the_first(route: Route) -> None:
    """The page as it was opened when there was one fact: a tab that slept for a month."""
    answer = await route.fetch()
    later = re.compile(r'<li class="fact" data-position="[23]">.*?</li>', re.DOTALL)
    body = later.sub(
        "", (await answer.text()).replace('data-position="3">\n<section', 'data-position="1">\n<section')
    )
    await route.fulfill(response=answer, body=body)


async def test_a_gap_is_called_a_gap(house: House, page: Page, vhost: Vhost) -> None:
    """After a restore the page says that something is missing for as long as it does not have it."""
    mark = json.dumps({"specversion": "1.0", "type": RESTORED_TYPE, "data": {"position": 50}}).encode()
    async with publishing(vhost.amqp_url) as publish:
        await house.sign(1)
        await expect(page.locator("#state")).to_have_text("completo até 1")
        await publish(mark)
        await expect(page.locator("#state")).to_contain_text("lacuna depois de 1")
        assert await page.locator("#state").get_attribute("data-state") == "gap"


async def test_a_gap_is_healed_from_the_registry(house: House, page: Page, browser: Browser) -> None:
    """A page that missed what no stream holds any more fetches it, and is complete again."""
    for number in range(1, 4):
        await house.sign(number)
    await expect(page.locator("#state")).to_have_text("completo até 3")
    async with visiting(browser, house, role="office") as late:
        await late.route(f"{house.url}/", _as_it_was_at_the_first)
        await late.add_init_script(
            "window.EventSource = class extends EventSource {"
            "  constructor(url) { super(url.replace(/last_event_id=1$/, 'last_event_id=999')); } };"
        )
        await late.goto("/")
        await expect(late.locator("#state")).to_have_text("completo até 3")
        await shows(late, 3, 2, 1)


@pytest.mark.parametrize("hides", [False, True])
async def test_many_tabs_open_one_stream(house: House, page: Page, hides: bool) -> None:  # noqa: FBT001 - a case
    """The first opens it and tells the others; when it goes, another takes over where it was."""
    opened: list[str] = []
    page.context.on("request", lambda asked: opened.append(asked.url) if "/v1/stream" in asked.url else None)
    await page.context.route("**/static/sharing.js*", _patiently)
    others = [await page.context.new_page() for _ in range(3)]
    for other in others:
        await other.goto("/")
        await expect(other.locator("#state")).to_have_attribute("data-state", "complete")
    await house.sign(1)
    for tab in (page, *others):
        await expect(tab.locator("#facts .fact")).to_have_count(1)
        await expect(tab.locator("#state")).to_have_text("completo até 1")
    assert opened == []  # the first tab had its stream before this test began to count
    if hides:
        await page.goto("/v1/members/31")
    else:
        await page.close()
    await house.sign(2)
    for tab in others:
        await expect(tab.locator("#state")).to_have_text("completo até 2")
        await shows(tab, 2, 1)
    assert len(opened) == 1
    assert URL(opened[0]).query["last_event_id"] == "1"


async def test_a_tab_that_fell_asleep_gives_its_stream_away(house: House, page: Page) -> None:
    """A frozen tab holds the lock and tells nobody: who is looked at takes over, and it catches up later."""
    other = await page.context.new_page()
    opened: list[str] = []
    other.on("request", lambda asked: opened.append(asked.url) if "/v1/stream" in asked.url else None)
    await other.clock.install()
    await other.goto("/")
    await expect(other.locator("#state")).to_have_attribute("data-state", "complete")
    wake = await fallen_asleep(page)
    await house.sign(1)
    passing = asyncio.create_task(other.clock.fast_forward(60_000))  # in all tabs: one of them sleeps
    await expect(other.locator("#state")).to_have_text("completo até 1")
    await shows(other, 1)
    assert len(opened) == 1
    await wake()
    await passing
    await expect(page.locator("#state")).to_have_text("completo até 1")
    await house.sign(2)
    await expect(page.locator("#state")).to_have_text("completo até 2")
    await shows(page, 2, 1)


async def test_an_ended_session_is_said_in_every_tab(house: House, page: Page) -> None:
    """What would come now is nobody's share of the feed: the badge does not call it complete."""
    other = await page.context.new_page()
    await other.goto("/")
    await expect(other.locator("#state")).to_have_attribute("data-state", "complete")
    await house.sign(1)
    await expect(other.locator("#facts .fact")).to_have_count(1)
    third = await page.context.new_page()
    await third.goto("/")
    await third.get_by_role("button", name="Sair").click()
    for tab in (page, other):
        await expect(tab.locator("#state")).to_have_attribute("data-state", "signed-out")
        await expect(tab.locator("#state")).to_contain_text("entre de novo")
