"""People in front of ingest's pages: a clerk, a vendor's consultant, the coordination, the office."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from cryptography.fernet import Fernet

from shared.accounts import Session
from shared.directory import Person, Role
from tests.integration.ingest.conftest import CITY, DIRECTORY, STATE, VENDOR, Ingest, Starter
from tests.support.house import SESSION_KEY

CLERK, CONSULTANT, COORDINATOR, AIDE = "p-clerk", "p-consultant", "p-coordinator", "p-aide"
_PEOPLE: Mapping[str, tuple[Role, str]] = {
    CLERK: ("member", CITY),
    CONSULTANT: ("member", VENDOR),
    COORDINATOR: ("coordination", STATE),
    AIDE: ("office", STATE),
}
PEOPLED = msgspec.structs.replace(
    DIRECTORY, people=tuple(Person(person, *seen_as) for person, seen_as in _PEOPLE.items())
)
COOKIE = "__Host-malha_session"
Fields = Mapping[str, str | Sequence[str]]

ANSWERS: Fields = {
    "once": "aaaabbbbccccdddd",
    "title": "Cooperação fictícia em saneamento",
    "partners.0.name": "Cidade Exemplo",
    "partners.0.kind": "city",
    "partners.0.country": "PT",
    "instrument": "",
    "state": "signed",
    "signed_on": "30/05/2025",
}
"""Five answers, as a browser sends them."""


@dataclass
class Page:
    """An answer to a person."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def receipt(self) -> str:
        """The address of the receipt that the person is led to."""
        assert self.status == 303, self.text
        return self.headers["Location"]

    @property
    def protocol(self) -> str:
        """The protocol in it."""
        found = re.search(r"protocolo=(MG-\w{13})", self.receipt)
        assert found is not None
        return found[1]


@dataclass
class Visitor:
    """Somebody signed in, with a browser that follows no redirect by itself."""

    url: str
    http: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> Page:
        """Open *path*."""
        async with self.http.get(self.url + path, headers=headers, allow_redirects=False) as answer:
            return Page(answer.status, await answer.text(), answer.headers)

    async def post(self, path: str, fields: Fields, **headers: str) -> Page:
        """Send a form."""
        pairs = [
            (name, each)
            for name, value in fields.items()
            for each in ([value] if isinstance(value, str) else value)
        ]
        told = {"Accept": "text/html", **headers}
        async with self.http.post(self.url + path, data=pairs, headers=told, allow_redirects=False) as answer:
            return Page(answer.status, await answer.text(), answer.headers)

    async def upload(self, fields: Mapping[str, str], file: bytes | None = None) -> Page:
        """Send a sheet."""
        form = aiohttp.FormData(fields, default_to_multipart=True)
        if file is not None:
            form.add_field("file", file, filename="acordos.csv", content_type="text/csv")
        async with self.http.post(self.url + "/registrar/planilha", data=form) as answer:
            return Page(answer.status, (await answer.read()).decode(errors="replace"), answer.headers)


SignIn = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def peopled(start: Starter) -> Ingest:
    """A ready ingest that knows some people."""
    found: Ingest = await start(directory=PEOPLED)
    return found


@pytest.fixture
async def sign_in(peopled: Ingest) -> AsyncIterator[SignIn]:
    """Somebody comes in."""
    async with AsyncExitStack() as stack:

        async def signed_in(person: str = CLERK, url: str = peopled.url) -> Visitor:
            jar = {COOKIE: cookie_of(person)}
            return Visitor(url, await stack.enter_async_context(aiohttp.ClientSession(cookies=jar)))

        yield signed_in


@pytest.fixture
async def clerk(sign_in: SignIn) -> Visitor:
    """The city hall's officer."""
    return await sign_in()


def cookie_of(person: str) -> str:
    """The session of *person*, who came in just now."""
    now = datetime.now(UTC)
    until = now + timedelta(hours=1)
    session = Session(person, f"s-{person}", now.timestamp(), until.timestamp())
    return Fernet(SESSION_KEY).encrypt(msgspec.json.encode(session)).decode()


def field(page: Page, name: str) -> str:
    """The value that an input of *page* holds."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', page.text)
    assert found is not None, name
    return found[1]


def told(body: bytes) -> dict[str, Any]:
    """A message of the queue."""
    found: dict[str, Any] = msgspec.json.decode(body)
    return found
