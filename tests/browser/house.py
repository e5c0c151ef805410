"""All three services in this process, a browser beside them, and a city hall that tells of its agreements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
import asyncpg
from playwright.async_api import Browser, Page, async_playwright

from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.notifier import app as notifier
from services.notifier.settings import Settings as NotifierSettings
from services.registry import app as registry
from services.registry.network import keys, people
from services.registry.settings import Settings as RegistrySettings
from shared.accounts import ApiKey
from shared.directory import Role
from shared.lifecycle import build_app
from shared.settings import load
from tests.support.feed import SIGNED, listening
from tests.support.house import environment_of, serving
from tests.support.registry import BELO_HORIZONTE, THE_STATE, sister_city
from tests.support.servers import Vhost

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class House(NamedTuple):
    """A running house."""

    url: str
    city: ApiKey
    database_url: str

    async def sign(self, number: int, **data: Any) -> int:
        """Belo Horizonte tells that it signed; the position of the fact."""
        return await self.tell(SIGNED, f"PROC-{number}", {**sister_city(), **data})

    async def tell(self, type_: str, subject: str, data: dict[str, Any]) -> int:
        """Belo Horizonte tells a fact, as the first and only one of its type and subject; its position."""
        status, receipt = await self._post("application/cloudevents+json", _event(type_, subject, data))
        assert status == 201, receipt
        return int(receipt["position"])

    async def sign_at_once(self, count: int) -> None:
        """Belo Horizonte hands *count* signatures over in one batch; they are registered soon after."""
        events = [_event(SIGNED, f"PROC-{number}", sister_city()) for number in range(1, count + 1)]
        status, receipts = await self._post("application/cloudevents-batch+json", events)
        assert status == 202, receipts

    async def published(self, position: int) -> None:
        """Return once pages are made with the fact at *position*, which is a moment after it was told."""
        query = f"last_event_id={position - 1}"
        async with listening(self.url, query, Authorization=f"Bearer {self.city}") as stream:
            await stream.until(position, within_seconds=90)

    async def _post(self, content_type: str, body: object) -> tuple[int, Any]:
        headers = {
            "Authorization": f"Bearer {self.city}",
            "Prefer": "wait=30",
            "Content-Type": content_type,
        }
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{self.url}/v1/notices", json=body) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def login_link(self, role: Role = "office", member: str = THE_STATE) -> str:
        """A link that signs somebody in, once: the governor's office, or another *role*."""
        connection = await asyncpg.connect(self.database_url, timeout=60)
        try:
            return f"{self.url}/entrar/{await people.create_link(connection, role, member)}"
        finally:
            await connection.close()


def _event(type_: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{type_} {subject}",
        "source": "/convenios",
        "type": type_,
        "member": BELO_HORIZONTE,
        "subject": subject,
        "data": data,
    }


@asynccontextmanager
async def housed(vhost: Vhost, database_url: str) -> AsyncIterator[House]:
    """The house over fresh servers, ready."""
    connection = await asyncpg.connect(database_url, timeout=60)
    city = await keys.issue_key(connection, "test", BELO_HORIZONTE, "member", "")
    await connection.close()
    environ = {**environment_of(vhost, database_url), "MALHA_PUBLIC_URL": "http://127.0.0.1"}
    app = build_app("test")
    ingest.install(app, load(IngestSettings, environ))
    registry.install(app, load(RegistrySettings, environ))
    notifier.install(app, load(NotifierSettings, environ))
    async with serving(app) as url:
        await ready(url)
        yield House(url, city, database_url)


async def ready(url: str) -> None:
    """Return once all parts are."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(90):
        while True:
            async with http.get(f"{url}/healthz/ready") as answer:
                if answer.status == HTTPStatus.OK:
                    return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Debian's Chromium with an empty profile."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def console(browser: Browser, house: House, *, width: int = 1280) -> AsyncIterator[Page]:
    """The console, signed in; anything that the page complains of fails the test."""
    context = await browser.new_context(viewport={"width": width, "height": 740}, locale="pt-BR")
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if "Content Security" in told.text else None)
    try:
        await page.goto(await house.login_link())
        yield page
    finally:
        await context.close()
    assert faults == []
