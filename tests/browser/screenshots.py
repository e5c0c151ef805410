"""`make screenshots`: every page as a phone, a laptop and a wall show it, by day and by night.

The house stands over fresh servers with what the demonstration tells; nothing of it is left but the pictures.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby, product
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote

import aiohttp
import asyncpg
from playwright.async_api import Browser

from deploy.local.fiction import fictional_year
from deploy.local.known_ties import known_ties
from services.registry.network import keys
from shared.directory import Role
from shared.doors import DOORS, Door
from shared.notices.dates import day_of
from shared.notices.sentences import Language
from tests.browser.house import House, browsing, housed
from tests.browser.quality import LAPTOP, PHONE, WALL, visiting
from tests.support.contract import applications, checkout
from tests.support.registry import BELO_HORIZONTE, THE_STATE
from tests.support.servers import (
    create_template,
    drop_database,
    fresh_database,
    fresh_vhost,
    migrate,
    running_servers,
)

FOLDER: Final = checkout() / "build" / "screenshots"
MEMBERS: Final = (BELO_HORIZONTE, "3170206", "3136702")
SCREENS: Final[tuple[tuple[str, int, Literal["light", "dark"], Language], ...]] = (
    ("phone", PHONE, "light", "pt"),
    ("phone-dark", PHONE, "dark", "pt"),
    ("laptop", LAPTOP, "light", "pt"),
    ("laptop-dark", LAPTOP, "dark", "pt"),
    ("laptop-en", LAPTOP, "light", "en"),
    ("wall", WALL, "light", "pt"),
)
VIEWS: Final[tuple[tuple[str, Role | None, str], ...]] = (
    ("citizen", None, ""),
    ("member", "member", BELO_HORIZONTE),
    ("coordination", "coordination", THE_STATE),
)
"""Who looks: a page is taken once for each whose view of it is one of its own."""
_MOST_REGISTERED_SECONDS: Final = 60
_NAMED: Final = str.maketrans({"/": "-", "{": None, "}": None})


class Shot(NamedTuple):
    """A page to be taken."""

    name: str
    path: str


async def main(wanted: str = "") -> None:
    """Take all pages; of a *wanted* path only those that begin with it."""
    async with demonstrated() as (house, browser):
        shots = [shot async for shot in _shots(house, wanted)]
        for view, screen in product(VIEWS, SCREENS):
            try:
                await _take(browser, house, shots, view, screen)
            except AssertionError as faults:  # the pictures are there all the same
                print(view[0], screen[0], faults)  # noqa: T201 - a command's answer


@asynccontextmanager
async def demonstrated() -> AsyncIterator[tuple[House, Browser]]:
    """A house over servers of its own in which the demonstration was told, and a browser."""
    with running_servers() as servers:
        template = await create_template(servers)
        await asyncio.to_thread(migrate, servers, template)
        try:
            async with (
                fresh_vhost(servers) as vhost,
                fresh_database(servers, template) as database,
                housed(vhost, database) as house,
                browsing() as browser,
            ):
                await _tell(house)
                yield house, browser
        finally:
            await drop_database(servers, template)


async def _take(
    browser: Browser,
    house: House,
    shots: list[tuple[Door, Shot]],
    view: tuple[str, Role | None, str],
    screen: tuple[str, int, Literal["light", "dark"], Language],
) -> None:
    who, role, member = view
    size, width, theme, language = screen
    async with visiting(
        browser, house, role=role, member=member or THE_STATE, width=width, theme=theme, language=language
    ) as page:
        for door, shot in shots:
            if (role or "anonymous") not in door.allowed:
                continue
            await page.goto(shot.path)
            await page.wait_for_timeout(400)
            file = FOLDER / size / f"{shot.name}.{who}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=file, full_page=True)


async def _tell(house: House) -> None:
    """Tell what the demonstration tells; return when all of it is registered."""
    shown = await _issued(house)
    ties = known_ties()
    await _post(house, shown["coordination"], ties)
    year = fictional_year(day_of(datetime.now(UTC)))
    for who, told in groupby(year, lambda one: _teller(one.who, one.event)):
        await _post(house, shown[who], [each.event for each in told])
    async with aiohttp.ClientSession() as http, asyncio.timeout(_MOST_REGISTERED_SECONDS):
        while await _head(http, house, shown["office"]) < len(ties) + len(year):  # noqa: ASYNC110 - it polls
            await asyncio.sleep(0.3)


def _teller(who: str, event: dict[str, Any]) -> str:
    return str(event["member"]) if who == "member" else "coordination"


async def _issued(house: House) -> dict[str, str]:
    roles: dict[str, tuple[Role, str]] = {
        "coordination": ("coordination", THE_STATE),
        "office": ("office", THE_STATE),
        **{member: ("member", member) for member in MEMBERS},
    }
    connection = await asyncpg.connect(house.database_url, timeout=10)
    try:
        return {
            name: str(await keys.issue_key(connection, "test", member, role, ""))
            for name, (role, member) in roles.items()
        }
    finally:
        await connection.close()


async def _post(house: House, key: str, events: list[dict[str, Any]]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents-batch+json"}
    async with aiohttp.ClientSession(headers=headers) as http, asyncio.timeout(_MOST_REGISTERED_SECONDS):
        while True:
            async with http.post(f"{house.url}/v1/notices", json=events) as answer:
                if answer.status == 202:
                    return
                if answer.status not in {401, 503}:  # a new key is known in a moment
                    raise RuntimeError(await answer.text())
            await asyncio.sleep(0.3)


async def _head(http: aiohttp.ClientSession, house: House, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    async with http.get(f"{house.url}/v1/feed?after=0&limit=1", headers=headers) as answer:
        return int((await answer.json())["head"])


async def _shots(house: House, wanted: str) -> AsyncIterator[tuple[Door, Shot]]:
    async with _reading(house) as read:
        [agreement] = (await read("/v1/agreements?member=3106200&limit=1"))["items"]
        [version] = (await read(f"/v1/agreements/{agreement['id']}/history?limit=1"))["items"]
    samples = {
        "agreement": agreement["id"],
        "protocol": version["notice"],
        "member": BELO_HORIZONTE,
        "municipality": BELO_HORIZONTE,
        "organisation": "org-matriz",
        "country": "PT",
        "mesoregion": "metropolitana-de-belo-horizonte",
        "theme": "AGUA",
        "sdg": "6",
    }
    for door in _pages():
        path = door.path
        for name, value in samples.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        if path.startswith(wanted or "/") and "{" not in path:
            yield door, Shot(door.path.strip("/").translate(_NAMED) or "console", path)


@asynccontextmanager
async def _reading(house: House) -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as http:

        async def read(path: str) -> Any:
            async with http.get(house.url + path) as answer:
                return await answer.json()

        yield read


def _pages() -> Iterator[Door]:
    for app in applications().values():
        for door in app[DOORS]:
            if door.method == "GET" and Path(door.path).suffix in {"", "html"}:
                yield door


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:2]))
