"""A registry whose pages are asked as a browser asks them, and persons to ask as."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.registry.network import links, people
from services.registry.network.people import NewPerson
from shared.directory import Role
from shared.notices.dates import day_of
from tests.support.registry import BELO_HORIZONTE, THE_STATE, Registry, connected, running_registry

TODAY = day_of(datetime.now(UTC))


class Town:
    """A registry, its database, and people who come in."""

    def __init__(self, registry: Registry, database: str) -> None:
        self.registry = registry
        self.database = database

    async def person(
        self,
        email: str,
        member: str = BELO_HORIZONTE,
        role: Role = "member",
        *,
        is_administrator: bool = False,
    ) -> str:
        """A person with an account; the id."""
        name = email.partition("@")[0].title()
        async with connected(self.database) as connection:
            new = NewPerson(member, role, name, email, is_administrator=is_administrator)
            return await people.add(connection, new, TODAY)

    async def sign_in(self, person: str) -> None:
        """Come in as *person*, by a link of the command."""
        async with connected(self.database) as connection:
            token = await links.create(connection, person, "command")
        answer = await self.registry.get(f"/entrar/{token}")
        assert answer.status == 303

    async def coordination(self) -> str:
        """Come in as somebody of the coordination; the id."""
        person = await self.person("coordena@example.org", THE_STATE, "coordination")
        await self.sign_in(person)
        return person

    async def post(self, path: str, **form: str) -> tuple[int, str, str]:
        """Send a form; status, text, and where the answer leads."""
        answer = await self.registry.client.post(
            path, data=form, headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False
        )
        return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def page(self, path: str, status: int = 200) -> str:
        """The text of a page."""
        answer = await self.registry.get(path, Accept="text/html")
        text = await answer.text()
        assert answer.status == status, text
        return text


@pytest.fixture
async def town(database: str) -> AsyncIterator[Town]:
    """A registry over a fresh database."""
    async with running_registry(database) as registry:
        yield Town(registry, database)
