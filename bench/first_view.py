"""The first view of each page on a slow phone: bytes over the line, and the time until it can be used.

``python -m bench.first_view [ROUNDS]``: Chromium with its processor slowed four times, an empty cache and the
services on the same machine, over what the demonstration tells. Usable: the document is parsed, its modules
have run, its main heading stands, and a click would be answered (the main thread has been idle for 50 ms).
"""

from __future__ import annotations

import asyncio
import sys
from statistics import median
from typing import Final, NamedTuple

from playwright.async_api import Browser

from shared.directory import Role
from tests.browser.house import House
from tests.browser.screenshots import demonstrated
from tests.support.registry import BELO_HORIZONTE, THE_STATE

SLOWER: Final = 4
ROUNDS: Final = 5
PAGES: Final[tuple[tuple[str, Role | None, str], ...]] = (
    ("/", "office", THE_STATE),
    ("/estado", None, ""),
    ("/municipios/3106200", None, ""),
    ("/acordos", None, ""),
    ("/registrar", "member", BELO_HORIZONTE),
    ("/membro", "member", BELO_HORIZONTE),
    ("/quadros", "coordination", THE_STATE),
)
_USABLE: Final = """() => new Promise(done => {
  const idle = () => requestIdleCallback(deadline =>
    document.querySelector('h1, h2') && document.readyState === 'complete' && deadline.timeRemaining() > 40
      ? done(performance.now()) : setTimeout(idle));
  idle();
})"""


class View(NamedTuple):
    """One look at one page: milliseconds until usable, bytes as sent, the map's apart."""

    usable_ms: float
    sent_bytes: int
    map_bytes: int


async def main(rounds: int = ROUNDS) -> None:
    """Print a line for each page."""
    async with demonstrated() as (house, browser):
        print(f"{'page':24}{'usable ms, median':>20}{'slowest':>10}{'KB sent':>10}{'map KB':>10}")
        for path, role, member in PAGES:
            views = [await _look(browser, house, path, role, member) for _ in range(rounds)]
            times = [view.usable_ms for view in views]
            print(
                f"{path:24}{median(times):20.0f}{max(times):10.0f}"
                f"{views[-1].sent_bytes / 1000:10.1f}{views[-1].map_bytes / 1000:10.1f}"
            )


async def _look(browser: Browser, house: House, path: str, role: Role | None, member: str) -> View:
    context = await browser.new_context(viewport={"width": 390, "height": 740}, locale="pt-BR")
    page = await context.new_page()
    if role is not None:
        # The link leads to the console: what it fetched is forgotten, the session stays.
        await page.goto(await house.login_link(role, member))
        await page.goto("about:blank")
    line = await context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send("Network.clearBrowserCache")
    await line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    addresses: dict[str, str] = {}
    sent: dict[str, float] = {}
    line.on(
        "Network.requestWillBeSent",
        lambda told: addresses.update({told["requestId"]: told["request"]["url"]}),
    )
    line.on(
        "Network.loadingFinished", lambda told: sent.update({told["requestId"]: told["encodedDataLength"]})
    )
    await page.goto(house.url + path, wait_until="domcontentloaded")
    usable_ms = float(await page.evaluate(_USABLE))
    of_map = sum(size for request, size in sent.items() if "/mapa" in addresses.get(request, ""))
    await context.close()
    return View(usable_ms, int(sum(sent.values()) - of_map), int(of_map))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:2])))
