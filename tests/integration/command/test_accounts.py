"""`malha people`: persons who are let in, sent out, renewed, invited, without a page."""

import asyncio
import json

import pytest

from services.command.failure import Failure
from services.registry.network import invitations, people
from services.registry.network.invitations import read_code
from tests.integration.command.test_people import malha, succeed
from tests.support.house import SESSION_KEY
from tests.support.registry import BELO_HORIZONTE, connected


@pytest.fixture(autouse=True)
def stack(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of a stack of which only the database is there."""
    for name, value in {
        "DATABASE_URL": database,
        "PUBLIC_URL": "http://malha.test",
        "ENVIRONMENT": "test",
    }.items():
        monkeypatch.setenv(f"MALHA_{name}", value)


def listed(*arguments: str) -> list[dict[str, object]]:
    """What `malha people list` tells."""
    found: list[dict[str, object]] = json.loads(malha("people", "list", *arguments, "--json").output)
    return found


def test_a_person_is_let_in_renewed_signed_out_and_ended() -> None:
    """The account ends thirty days after the mandate; an ended one keeps no address, and stays ended."""
    added = json.loads(
        malha(
            "people", "add", BELO_HORIZONTE, "Fulana", "fulana@example.org", "--administrator", "--json"
        ).output
    )
    assert added["url"].startswith("http://malha.test/entrar/")
    (person,) = listed(BELO_HORIZONTE)
    assert (person["id"], person["is_administrator"]) == (added["id"], True)
    assert str(person["ends_on"]).endswith("-01-30")
    link = malha("people", "login", "fulana@example.org").output
    assert link.startswith("http://malha.test/entrar/")
    succeed("people", "renew", added["id"])
    succeed("people", "sign-out", "Fulana@Example.org")
    succeed("people", "end", added["id"])
    assert listed(BELO_HORIZONTE) == []
    (ended,) = listed(BELO_HORIZONTE, "--ended")
    assert (ended["name"], ended["email"]) == ("Fulana", None)
    for arguments in (("end", added["id"]), ("renew", added["id"]), ("login", "fulana@example.org")):
        with pytest.raises(Failure):
            malha("people", *arguments)


def test_what_cannot_be_let_in_is_said_so() -> None:
    """An address is one person's; a member is one of the network."""
    succeed("people", "add", "31", "Sicrano", "sicrano@example.org", "--role", "coordination")
    for arguments in (
        ("31", "Outro", "SICRANO@example.org"),
        ("31", "Outro", "nobody"),
        ("org-nobody", "Outro", "outro@example.org"),
    ):
        with pytest.raises(Failure):
            malha("people", "add", *arguments)


async def test_who_comes_in_by_a_role_is_one_person(database: str) -> None:
    """So that it can be listed, signed out and ended like everybody else."""
    async with connected(database) as connection:
        for _ in range(2):
            await people.create_link(connection, "office", "31")
        (office,) = await people.list_people(connection, "31")
        assert (office.role, office.email) == ("office", None)
        await people.end(connection, office.id)
        await people.create_link(connection, "office", "31")
        assert len(await people.list_people(connection, "31")) == 2


async def test_a_letters_code_is_that_of_the_page(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the services' own secret, which a command must be told."""
    with pytest.raises(Failure, match="MALHA_SESSION_KEY"):
        await in_a_thread("people", "invite", BELO_HORIZONTE)
    monkeypatch.setenv("MALHA_SESSION_KEY", SESSION_KEY)
    told = json.loads(await in_a_thread("people", "invite", BELO_HORIZONTE, "--json"))
    assert read_code(told["code"]) == told["code"]
    async with connected(database) as connection:
        (letter,) = await invitations.letters(connection, SESSION_KEY)
        assert (letter.member, letter.code) == (BELO_HORIZONTE, told["code"])
        assert await invitations.member_invited(connection, told["code"]) == BELO_HORIZONTE


async def in_a_thread(*arguments: str) -> str:
    """What a command answers, which runs a loop of its own."""
    return (await asyncio.to_thread(malha, *arguments)).output
