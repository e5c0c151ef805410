"""The `malha` command where it changes who may come in."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from services.command.app import app
from services.command.failure import Failure
from services.registry.network import delegations
from shared.accounts import ApiKey
from tests.support.registry import BELO_HORIZONTE, THE_STATE, connected


@pytest.fixture(autouse=True)
def stack(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack of which only the database is there."""
    for name, value in {
        "DATABASE_URL": database,
        "PUBLIC_URL": "http://malha.test",
        "ENVIRONMENT": "test",
    }.items():
        monkeypatch.setenv(f"MALHA_{name}", value)


def malha(*arguments: str) -> Result:
    """What the command line answers; a Failure is raised."""
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def succeed(*arguments: str) -> None:
    """Run a command that must succeed."""
    result = malha(*arguments)
    assert result.exit_code == 0, result.output


async def directory_version(database: str) -> int:
    """The version that the services will be told."""
    async with connected(database) as connection:
        found: int = await connection.fetchval("SELECT version FROM directory")
        return found


def test_a_key_is_shown_once_and_can_be_revoked() -> None:
    """The registry keeps its digest only; revoking one that is not active is said to be so."""
    issued = malha("keys", "issue", BELO_HORIZONTE, "--label", "convênios", "--json")
    key = ApiKey.parse(json.loads(issued.output)["key"])
    assert key is not None
    assert key.environment == "test"
    (listed,) = json.loads(malha("keys", "list", BELO_HORIZONTE, "--json").output)
    assert (listed["id"], listed["label"], listed["revoked_at"]) == (key.id, "convênios", None)
    assert key.secret not in malha("keys", "list").output
    succeed("keys", "revoke", key.id)
    with pytest.raises(Failure):
        malha("keys", "revoke", key.id)
    with pytest.raises(Failure, match="org-nobody"):
        malha("keys", "issue", "org-nobody")


def test_an_organisation_comes_in_and_speaks_for_a_city() -> None:
    """A consortium or a vendor is a member like any other; a delegation can be limited, and taken back."""
    succeed("members", "add", "org-amm", "Associação Mineira de Municípios")
    listed = json.loads(malha("members", "list", "associacao", "--json").output)
    assert [(member["id"], member["kind"]) for member in listed] == [("org-amm", "organisation")]
    type_ = "br.malha.agreement.signed.v1"
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    succeed("members", "delegate", BELO_HORIZONTE, "org-amm", "--fact", type_, "--until", tomorrow)
    succeed("members", "undelegate", BELO_HORIZONTE, "org-amm")
    for arguments in (
        ("members", "add", "org-amm", "again"),
        ("members", "add", "AMM", "no id of an organisation"),
        ("members", "delegate", BELO_HORIZONTE, "org-nobody"),
        ("members", "delegate", BELO_HORIZONTE, "org-amm", "--until", "2999-01-01"),
        ("members", "delegate", BELO_HORIZONTE, "org-amm", "--fact", "br.malha.nothing.v1"),
        ("members", "undelegate", BELO_HORIZONTE, "org-amm"),
    ):
        with pytest.raises(Failure):
            malha(*arguments)


async def test_a_delegation_is_kept_as_it_was_given(database: str) -> None:
    """For 90 days at most; it raises the directory's version, so that every service learns of it."""
    before = await directory_version(database)
    async with connected(database) as connection:
        today = date(2026, 11, 22)
        for facts, until in ((None, date(2027, 1, 1)), (["a"], None)):
            await delegations.delegate(connection, BELO_HORIZONTE, THE_STATE, facts, until, today=today)
        row = await connection.fetchrow("SELECT facts, until FROM delegation")
        with pytest.raises(delegations.TooLong):
            await delegations.delegate(
                connection, BELO_HORIZONTE, THE_STATE, None, date(2027, 2, 21), today=today
            )
    assert row is not None
    assert tuple(row) == (["a"], date(2027, 2, 20))
    assert await directory_version(database) > before


def test_a_login_link_is_printed_for_a_role() -> None:
    """It is the only thing on its line, to be copied."""
    assert malha("people", "login", "--role", "office").output.startswith("http://malha.test/entrar/")
    with pytest.raises(Failure):
        malha("people", "login", "--role", "king")


def test_an_empty_ledger_is_intact() -> None:
    """Exit status 0; one line for each chain that there is."""
    assert json.loads(malha("ledger", "verify", "--json").output) == []
    (found,) = json.loads(malha("ledger", "verify", BELO_HORIZONTE, "--json").output)
    assert (found["length"], found["intact"]) == (0, True)
