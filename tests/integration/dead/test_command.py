"""`malha dead`: the whole errand of an operator at a terminal, by the operator's own rights."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from services.command.app import app
from services.command.failure import Failure
from services.registry.dead.carrying import Orders
from services.registry.dead.letters import PARKED, id_of
from services.registry.dead.trying import Bench
from services.registry.taking.consumer import Consumer
from shared.database import Database
from tests.support.laid import NOBODY, failed, headers_of, ids_in, lay, lay_bodies
from tests.support.parts import running
from tests.support.registered import Sql, delivered, require_sound
from tests.support.registry import telling
from tests.support.servers import Vhost
from tests.support.told import MEMBER


@pytest.fixture(autouse=True)
def stack(database: str, vhost: Vhost, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator's terminal is told."""
    for name, value in {
        "DATABASE_URL": database,
        "AMQP_URL": vhost.url_of("operator"),
        "PUBLIC_URL": "http://malha.test",
        "ENVIRONMENT": "test",
    }.items():
        monkeypatch.setenv(f"MALHA_{name}", value)


@pytest.fixture(autouse=True)
def _no_log() -> Iterator[None]:
    """What the parts log while a command runs would stand in its answer, the process being one."""
    with capture_logs():
        yield


async def malha(*arguments: str) -> Result:
    """What the command line answers; a Failure is raised."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["dead", *arguments], catch_exceptions=False)


async def told(*arguments: str) -> Any:
    """The JSON of an answer."""
    answer = await malha(*arguments, "--json")
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


async def test_from_the_list_to_the_replay(vhost: Vhost, database: str, sql: Sql, carrier: Orders) -> None:
    """A member was missing: seen, mended, tried out, replayed; the ledger is sound, and the feed says how."""
    laid = await lay(vhost, failed(3))
    assert [letter["id"] for letter in await told("list")] == laid
    [group] = await told("groups")
    assert (group["reason"], group["count"]) == ("failed", 3)
    assert "malha members add" in group["advice"]["pt"]
    assert NOBODY in (await malha("groups")).output

    assert {trial["prospect"] for trial in await told("replay", "--all", "--dry-run")} == {"fails"}
    await sql.execute("INSERT INTO member (id, kind, name) VALUES ($1, 'organisation', 'Ninguém')", NOBODY)
    await sql.execute("UPDATE directory SET version = version + 1")
    assert {trial["prospect"] for trial in await told("replay", "--all", "--dry-run")} == {"registers"}
    assert await sql.fetchval("SELECT count(*) FROM inbox") == 0

    store = Database(database, "test", most_connections=4)
    async with running(carrier), running(Consumer(vhost.url_of("registry"), store, "test")):
        order = await told("replay", *laid[:2], "--why", "o membro faltava", "--yes", "--wait")
        assert (order["state"], order["done"]) == ("done", 2)
        assert await ids_in(vhost) == laid[2:]
        last = await told("replay", laid[2][:8], "--why", "o último", "--yes", "--wait")
        assert last["done"] == 1
        while await sql.fetchval("SELECT position FROM head") < 3:  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.05)
    await store.close()
    await require_sound(sql)
    of_first = await told("orders", str(order["id"]))
    assert [step["step"] for step in reversed(of_first["steps"])] == ["ordered", "done", "ended"]
    assert of_first["steps"][-1]["by_whom"].startswith("account ")
    assert len(await told("orders")) == 2


async def test_a_dry_run_says_what_would_become_of_each(vhost: Vhost, sql: Sql, database: str) -> None:
    """New, known, contradicted, unreadable, dangerous: each by its word; asking changes nothing."""
    new, known, other = failed(3, member=MEMBER)
    async with telling(database) as teller:
        await teller.attempt(known)
        await teller.attempt(other)
    before = await sql.fetchval("SELECT position FROM head")

    contradicting = msgspec.structs.replace(other, subject="another")
    await lay(vhost, [new, known, contradicting])
    [killer] = failed(1, name="killer")
    await lay(vhost, [killer], reason="ended_process")
    await lay_bodies(vhost, [(b"junk", headers_of(killer, reason="junk"))])
    trials = await told("replay", "--all", "--dry-run")
    assert [trial["prospect"] for trial in trials] == ["registers", "repeats", "conflicts", "untried", "junk"]
    assert await sql.fetchval("SELECT position FROM head") == before
    assert await sql.fetchval("SELECT count(*) FROM conflict") == 0
    store = Database(database, "test", most_connections=1)
    bench = Bench(store)
    assert "UnknownMember" in repr(await bench.outcome(delivered(killer)))
    await bench.close()
    await store.close()


async def test_a_notice_is_readable_and_its_journey_too(vhost: Vhost, carrier: Orders) -> None:
    """By its protocol, or the beginning of its id, wherever it lies."""
    [notice] = failed(1)
    [message] = await lay(vhost, [notice])
    async with running(carrier):
        await told("park", notice.protocol, "--why", "depois", "--yes", "--wait")
    assert await ids_in(vhost, PARKED) == [message]
    shown = await told("show", message[:6])
    assert (shown["queue"], shown["protocol"]) == (PARKED, notice.protocol)
    assert shown["body"]["subject"] == notice.subject
    assert [step["step"] for step in shown["orders"]] == ["ordered", "done"]
    text = (await malha("show", notice.protocol)).output
    for said in ("depois", "UnknownMember", "park done (#1)", '"title": "Cooperação"'):
        assert said in text
    assert [letter["id"] for letter in await told("list", "--parked")] == [message]


async def test_who_read_a_notice_is_noted(vhost: Vhost, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page notes it, by the machine's account, as table or as JSON; looking at the list is not."""
    monkeypatch.setattr("services.command.dead.account", lambda: "account ana")
    [notice] = failed(1)
    await lay(vhost, [notice])
    await lay_bodies(vhost, [(b"junk", {})], queue=PARKED)
    junk = id_of(b"junk")
    await malha("list")
    await malha("groups")
    with pytest.raises(Failure, match="Não há aviso"):
        await malha("show", "ffff")
    assert "Cooperação" in (await malha("show", notice.protocol)).stdout
    await told("show", junk)
    rows = await sql.fetch("SELECT act, resource, detail, role, member, person, key FROM audit ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("read", notice.protocol, "registry.dead", "ops", None, "account ana", None),
        ("read", junk[:16], "registry.parked", "ops", None, "account ana", None),
    ]


async def test_what_cannot_be_noted_is_not_shown(vhost: Vhost, sql: Sql) -> None:
    """An audit that refuses is no reason to read on unseen."""
    [notice] = failed(1)
    await lay(vhost, [notice])
    await sql.execute("DROP TABLE audit")
    with pytest.raises(Failure, match="malha migrate"):
        await malha("show", notice.protocol)


async def test_a_discard_needs_another_account(
    vhost: Vhost, carrier: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine knows who they are; the command does not ask."""
    monkeypatch.setattr("services.command.dead_standing.account", lambda: "account ana")
    monkeypatch.setattr("services.command.dead_orders.account", lambda: "account ana")
    [message] = await lay(vhost, failed(1), queue=PARKED)
    order = await told("discard", message, "--why", "posto à mão", "--yes")
    assert order["state"] == "asked"
    with pytest.raises(Failure, match="outra pessoa"):
        await malha("approve", str(order["id"]))
    monkeypatch.setattr("services.command.dead_standing.account", lambda: "account bia")
    async with running(carrier):
        over = await told("approve", str(order["id"]), "--wait")
    assert (over["state"], over["approved_by"], await ids_in(vhost, PARKED)) == ("done", "account bia", [])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("replay", "--why", "x", "--yes"), "Diga quais"),
        (("replay", "--all", "--yes"), "Diga por quê"),
        (("replay", "--reason", "junk", "--why", "x", "--yes"), "Não há nenhum"),
        (("park", "ffff", "--why", "x", "--yes"), "Não há aviso ffff"),
        (("show", "ffff"), "Não há aviso ffff"),
        (("approve", "99"), "Não há pedido"),
        (("cancel", "99"), "Não há pedido"),
        (("orders", "99"), "Não há pedido"),
    ],
)
async def test_what_cannot_be_done_is_said(vhost: Vhost, arguments: tuple[str, ...], says: str) -> None:
    """One sentence, and nothing happens."""
    await lay(vhost, failed(1))
    with pytest.raises(Failure, match=says):
        await malha(*arguments)
    assert len(await ids_in(vhost)) == 1


async def test_the_queue_is_read_while_postgresql_is_away(
    vhost: Vhost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At three in the morning it may be just that which is down; ordering waits until it is back."""
    laid = await lay(vhost, failed(2))
    monkeypatch.setenv("MALHA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    answer = await malha("list", "--json")
    assert [letter["id"] for letter in json.loads(answer.stdout)] == laid
    assert "PostgreSQL" in answer.stderr
    answer = await malha("show", laid[0])
    assert "Cooperação" in answer.stdout
    assert "não fica na auditoria" in answer.stderr
    with pytest.raises(Failure, match="PostgreSQL"):
        await malha("park", "--all", "--why", "x", "--yes")


async def test_rabbitmq_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch, vhost: Vhost) -> None:
    """Away, or for others: in words."""
    await lay(vhost, failed(1))
    monkeypatch.setenv("MALHA_AMQP_URL", vhost.url_of("ingest"))
    with pytest.raises(Failure, match="operação"):
        await malha("list")
    monkeypatch.setenv("MALHA_AMQP_URL", "amqp://guest:guest@127.0.0.1:1/nowhere")
    with pytest.raises(Failure, match="RabbitMQ não responde"):
        await malha("list")
