"""Coming in by mail: a link that a real server takes, that is good once, and that tells strangers nothing."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from yarl import URL

from services.registry.mail.sending import Courier
from services.registry.network import people
from services.registry.pages.entrance.asking import safe_path
from shared.lifecycle import PARTS, Part
from tests.integration.entrance.conftest import TODAY, Town
from tests.support.mailbox import Mailbox, html_of, links_in, mailbox, text_of
from tests.support.registry import THE_STATE, connected, running_registry


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    """A mailbox that accepts everything."""
    async with mailbox() as found:
        yield found


@pytest.fixture
async def town(database: str, box: Mailbox) -> AsyncIterator[Town]:
    """A registry that sends mail there."""
    async with (
        running_registry(database, smtp_url=box.url) as registry,
        sending(registry.client.app[PARTS]),
    ):
        yield Town(registry, database)


@asynccontextmanager
async def sending(parts: list[Part]) -> AsyncIterator[None]:
    """The part that hands letters in runs; the others do not."""
    (courier,) = (part for part in parts if isinstance(part, Courier))
    stop = asyncio.Event()
    running = asyncio.create_task(courier.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def letters_written(town: Town) -> int:
    """How many letters were written, once all that was asked for is done."""
    async with connected(town.database) as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM outbox")
        return found


async def test_a_link_by_mail_lets_in_once_and_where_one_wanted_to_go(town: Town, box: Mailbox) -> None:
    """Readers of mail follow links before people do: the link asks, the button signs in."""
    await town.person("fulana@example.org")
    status, page, _ = await town.post("/entrar", email=" Fulana@Example.org ", de="/membro?x=1")
    assert (status, "Confira o seu e-mail" in page) == (200, True)
    (letter,) = await box.holds(1)
    assert letter["To"] == "fulana@example.org"
    (link,) = links_in(letter)
    assert link in html_of(letter)
    assert link.startswith("http://malha.test/entrar/")
    path = urlsplit(link).path
    for _ in range(2):
        assert "Você entra como" in await town.page(path)
    assert (await town.registry.get("/conta")).status == 303
    status, _, back = await town.post(path)
    assert (status, back) == (303, "/membro?x=1")
    assert "fulana@example.org" in await town.page("/conta")
    assert (await town.post(path))[0] == 410
    await town.page(path, 410)


async def test_a_stranger_learns_nothing(town: Town, box: Mailbox) -> None:
    """The same answer for an account, none, one that ended, one that lapsed: mail goes to the first."""
    for name in ("here", "ended", "lapsed"):
        await town.person(f"{name}@example.org")
    async with connected(town.database) as connection:
        ended = await people.find_address(connection, "ended@example.org")
        assert ended is not None
        await people.end(connection, ended.id)
        await connection.execute("UPDATE person SET ends_on = '2025-01-30' WHERE name = 'Lapsed'")
    answers = {
        page.replace(name, "…")
        for name in ("here", "ended", "lapsed", "nobody")
        for _, page, _ in [await town.post("/entrar", email=f"{name}@example.org")]
    }
    assert len(answers) == 1
    await box.holds(1)
    assert box.recipients == ["here@example.org"]
    assert await letters_written(town) == 1


async def test_no_address_is_flooded_and_nobody_is_told(town: Town, box: Mailbox) -> None:
    """Five links within an hour; whoever asks more often sees what everybody sees, and gets no letter."""
    await town.person("fulana@example.org")
    for _ in range(7):
        assert (await town.post("/entrar", email="fulana@example.org"))[0] == 200
    await box.holds(5)
    assert await letters_written(town) == 5


async def test_one_place_does_not_ask_for_everybody(town: Town) -> None:
    """Thirty links an hour from one network address."""
    for number in range(30):
        assert (await town.post("/entrar", email=f"nobody{number}@example.org"))[0] == 200
    status, page, _ = await town.post("/entrar", email="nobody@example.org")
    assert (status, "Muitas tentativas" in page) == (429, True)


@pytest.mark.parametrize(
    "email", ["", "fulana", "fulana@", "a@b\r\nBcc: c@d.example", "x" * 300 + "@example.org", "<a@b.example>"]
)
async def test_what_is_no_address_is_said_at_its_field(town: Town, email: str) -> None:
    """Nothing is sent, and what was typed stays."""
    status, page, _ = await town.post("/entrar", email=email)
    assert (status, 'id="email-error"' in page) == (422, True)
    assert await letters_written(town) == 0


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "x"]
)
async def test_a_link_leads_nowhere_but_here(town: Town, box: Mailbox, back: str) -> None:
    """An address that was slipped into the form is not followed."""
    await town.person("fulana@example.org")
    await town.post("/entrar", email="fulana@example.org", de=back)
    (letter,) = await box.holds(1)
    _, _, leads = await town.post(urlsplit(links_in(letter)[0]).path)
    assert leads == "/"


@pytest.mark.parametrize(
    ("asked", "leads"),
    [
        ("/convites?q=x", "/convites?q=x"),
        ("/acordos/AG-7FJRXBPMCRCB7", "/acordos/AG-7FJRXBPMCRCB7"),
        ("/convite?codigo=x", "/"),
        ("/entrar", "/"),
        ("/sair?x", "/"),
        (None, "/"),
    ],
)
def test_one_goes_on_where_one_was_going(asked: str | None, leads: str) -> None:
    """But not back to a door."""
    assert safe_path(asked) == leads


async def test_a_name_cannot_write_a_letter_of_its_own(town: Town, box: Mailbox) -> None:
    """Whoever names a person chooses a name: it stays one line, without a link."""
    async with connected(town.database) as connection:
        name = "Ganhe https://evil.example agora\r\nBcc: todos@example.org \u202e"
        new = people.NewPerson(THE_STATE, "office", name, "fulana@example.org")
        await people.add(connection, new, TODAY)
    await town.post("/entrar", email="fulana@example.org")
    (letter,) = await box.holds(1)
    assert "evil.example" not in text_of(letter)
    assert "evil.example" not in html_of(letter)
    assert letter["Bcc"] is None
    assert "\u202e" not in text_of(letter)


async def test_whoever_is_named_gets_a_first_link_and_a_welcome_goes_to_who_uses_a_letter(
    town: Town, box: Mailbox
) -> None:
    """The first link is good for a week; nobody but its reader sees it."""
    await town.coordination()
    status, _, back = await town.post(
        "/pessoas", member="3106200", nome="Fulana", email="fulana@example.org", administra="on"
    )
    assert status == 303
    assert "recebe um link por e-mail" in await town.page(back)
    (letter,) = await box.holds(1)
    await town.post("/sair")
    _, _, leads = await town.post(urlsplit(links_in(letter)[0]).path)
    assert leads == "/"
    assert "Fulana" in await town.page("/pessoas")


async def test_no_address_makes_a_page_lead_elsewhere(town: Town) -> None:
    """A path that begins with two slashes names another site where it is linked as it came."""
    client = town.registry.client
    for path in ("//evil.example/entrar", "///evil.example"):
        address = URL(f"{client.make_url('/')}"[:-1] + path, encoded=True)
        async with client.session.get(address, headers={"Accept": "text/html"}) as answer:
            text = await answer.text()
        assert answer.status == 404
        assert 'href="/evil.example' in text
        assert not re.search(r'(href|action|src)="(//|/\\\\)', text)
