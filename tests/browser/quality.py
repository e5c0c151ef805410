"""What every page is held to: no violation of WCAG 2.2 AA that axe can find, no complaint of the browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import Final, Literal

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Response, expect

from shared.directory import Role
from shared.notices.sentences import Language
from tests.browser.house import House
from tests.support.contract import checkout
from tests.support.registry import THE_STATE

PHONE: Final = 360
LAPTOP: Final = 1280
WALL: Final = 1920
_PATIENCE_SECONDS: Final = 90.0
_PAUSE_MS: Final = 100
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_HEIGHTS: Final = {PHONE: 740, LAPTOP: 800, WALL: 1080}


@asynccontextmanager
async def visiting(
    browser: Browser,
    house: House,
    *,
    role: Role | None = None,
    member: str = THE_STATE,
    width: int = LAPTOP,
    language: Language = "pt",
    theme: Literal["light", "dark"] = "light",
    scripts: bool = True,
) -> AsyncIterator[Page]:
    """A page of a browser of its own: a citizen's, or that of whoever is signed in in a *role* for *member*.

    Whatever the browser complains of fails the test: an error of a script, a refused inline style, a file
    that is not there. An answer that is asked for and is an error (4xx) is none.
    """
    context = await browser.new_context(
        viewport={"width": width, "height": _HEIGHTS.get(width, 800)},
        locale="en-GB" if language == "en" else "pt-BR",
        color_scheme=theme,
        java_script_enabled=scripts,
        base_url=house.url,
    )
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if _is_fault(told) else None)
    page.on("response", lambda answer: faults.append(answer.url) if _is_broken(answer) else None)
    try:
        if role is not None:
            await page.goto(await house.login_link(role, member))
            await _known(page)
        yield page
    finally:
        await context.close()
    assert faults == [], faults


async def _known(page: Page) -> None:
    """Return once all services know the session: a new person's is known a moment after it began."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while (await page.request.get("/conta", max_redirects=0)).status != HTTPStatus.OK:
            await page.wait_for_timeout(_PAUSE_MS)


async def asked_until(page: Page, path: str, shown: Locator, *, gone: bool = False) -> None:
    """Ask for *path* anew until it shows *shown*, or with *gone* no longer does: the change is on its way."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    await page.goto(path)
    while (await shown.count() == 0) is not gone and time.monotonic() < deadline:
        await page.wait_for_timeout(_PAUSE_MS)
        await page.goto(path)
    await (expect(shown).to_have_count(0) if gone else expect(shown).not_to_have_count(0))


async def no_violations(page: Page) -> None:
    """Axe finds nothing on the page as it stands, and nothing of it runs out of the window."""
    await page.wait_for_load_state()  # after a click it may just have begun, without its styles
    await page.evaluate(_axe())
    found = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(all => all.violations.map("
        "one => `${one.id}: ${one.nodes.map(node => node.html + ' ' + node.failureSummary).join(' | ')}`))",
        _RULES,
    )
    assert found == []
    widest = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert widest <= 0


@cache
def _axe() -> str:
    return (checkout() / ".venv/node/node_modules/axe-core/axe.min.js").read_text()


def _is_fault(told: ConsoleMessage) -> bool:
    """Errors, but that an address answered with one: of that `_is_broken` judges."""
    return told.type == "error" and not told.text.startswith("Failed to load resource")


def _is_broken(answer: Response) -> bool:
    return answer.status >= 500 or (answer.status >= 400 and "/static/" in answer.url)
