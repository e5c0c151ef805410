"""The rules of the gates are a table: changed by a command, and every agreement is judged anew."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from services.registry import rulebook
from services.registry.folding.rules import Rule
from services.registry.watch.judging import Judge
from shared.database import Database
from shared.notices.sentences import Sentence
from tests.support.registered import Sql
from tests.support.registry import Teller, sister_city, telling
from tests.support.world import eventually

PATIENCE_SECONDS = 90.0
LOAN = {
    "instrument": "EMP",
    "title": "Empréstimo fictício",
    "partners": [{"name": "Banco fictício", "kind": "bank"}],
    "signed_on": "2026-05-04",
}


@pytest.fixture
async def teller(database: str) -> AsyncIterator[Teller]:
    """Who tells the registry of agreements."""
    async with telling(database) as found:
        yield found


@asynccontextmanager
async def judging(database: str) -> AsyncIterator[Judge]:
    """A judge that runs for the block."""
    leads = Database(database, "test judge", most_connections=1)
    judge = Judge(leads)
    stop = asyncio.Event()
    task = asyncio.create_task(judge.run(stop))
    try:
        yield judge
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await task
    finally:
        task.cancel()
        await asyncio.wait({task})
        await leads.close()


async def judged(database: str, sql: Sql) -> None:
    """Let a judge run until all agreements are judged by the rules as they are."""

    async def all_judged() -> bool:
        return bool(await sql.fetchval("SELECT version = applied FROM rules"))

    async with judging(database):
        await eventually(all_judged, "all agreements are judged", PATIENCE_SECONDS)


async def put(sql: Sql, *rules: Rule) -> rulebook.Change:
    """Put *rules* in place of those of their days."""

    def changing(before: list[Rule]) -> list[Rule]:
        for rule in rules:
            before = rulebook.put(before, rule)
        return before

    return await rulebook.change(sql, changing, by="test")


async def reviews(sql: Sql) -> list[tuple[Any, ...]]:
    """The review list: (subject, kind, code, open, closed by)."""
    rows = await sql.fetch(
        """SELECT a.subject, r.kind, r.code, r.closed_at IS NULL, r.closed_by
           FROM review r JOIN agreement a ON a.id = r.agreement ORDER BY 1, 3"""
    )
    return [tuple(row) for row in rows]


async def test_a_new_registry_begins_with_rules_and_keeps_its_own(sql: Sql) -> None:
    """Seeded once: a later migration does not bring back what the operator has changed."""
    stands = await rulebook.listed(sql)
    assert set(stands.rules) == set(rulebook.first_rules())
    assert rulebook.faults(stands.rules) == []
    await rulebook.change(sql, lambda _: [], by="test")
    assert await rulebook.seed(sql) == 0
    assert (await rulebook.listed(sql)).rules == []


async def test_a_signature_before_a_required_gate_is_registered_with_a_remark(
    sql: Sql, teller: Teller
) -> None:
    """The registry records, it never authorises: the loan stands, and so does the question about it."""
    signed = await teller.tell("agreement.signed", LOAN, subject="A")
    assert {remark.code for remark in signed.remarks} == {
        "signed_before_federal_gate",
        "signed_before_legislative_gate",
    }
    assert await reviews(sql) == [
        ("A", "gate", "signed_before_federal_gate", True, None),
        ("A", "gate", "signed_before_legislative_gate", True, None),
    ]
    for gate, status, body in (("federal", "approved", "SENADO"), ("legislative", "authorised", "CMBH")):
        await teller.tell(
            "agreement.gate_updated",
            {"gate": gate, "status": status, "since": "2026-04-30", "body": body},
            subject="A",
        )
    assert [(code, is_open, by) for _, _, code, is_open, by in await reviews(sql)] == [
        ("signed_before_federal_gate", False, "notice"),
        ("signed_before_legislative_gate", False, "notice"),
    ]


async def test_a_change_of_the_rules_opens_and_closes_reviews(
    database: str, sql: Sql, teller: Teller
) -> None:
    """The law changes: who was judged by the old one is judged again, without a notice from anybody."""
    await teller.tell("agreement.signed", LOAN, subject="loan")
    await teller.tell("agreement.signed", sister_city(), subject="twinning")
    await judged(database, sql)
    versions = "SELECT version FROM agreement ORDER BY subject"
    before = await sql.fetch(versions)
    change = await put(
        sql,
        Rule(gate="federal", instrument="EMP", requires="none"),
        Rule(
            gate="federal",
            instrument="IRM",
            from_day=date(2025, 1, 1),
            requires="approval",
            before_signature=True,
            satisfied_by=("approved",),
            basis=Sentence("Ficção de teste", "Test fiction"),
        ),
    )
    assert (change.changed, change.agreements) == (5, 2)
    await judged(database, sql)
    assert await reviews(sql) == [
        ("loan", "gate", "signed_before_federal_gate", False, "rules"),
        ("loan", "gate", "signed_before_legislative_gate", True, None),
        ("twinning", "gate", "signed_before_federal_gate", True, None),
    ]
    assert await sql.fetchval("SELECT count(closing) FROM review WHERE closed_by = 'rules'") == 0  # no notice
    assert await sql.fetch(versions) == before
    await put(sql, *rulebook.first_rules())
    await judged(database, sql)
    assert [
        (subject, is_open) for subject, _, code, is_open, _ in await reviews(sql) if "federal" in code
    ] == [
        ("loan", True),
        ("twinning", False),
    ]


async def test_a_rule_of_other_days_judges_other_agreements(database: str, sql: Sql, teller: Teller) -> None:
    """An agreement is judged by the rule of its signature's day, not by that of today."""
    await put(
        sql,
        Rule(gate="federal", instrument="EMP", requires="none"),
        Rule(gate="legislative", instrument="EMP", requires="none"),
        Rule(
            gate="federal",
            instrument="EMP",
            from_day=date(2026, 5, 4),
            requires="approval",
            before_signature=True,
            satisfied_by=("approved",),
        ),
    )
    for subject, day in (("before", "2026-05-03"), ("after", "2026-05-04")):
        await teller.tell("agreement.signed", {**LOAN, "signed_on": day}, subject=subject)
    assert [(subject, code) for subject, _, code, *_ in await reviews(sql)] == [
        ("after", "signed_before_federal_gate")
    ]
    await judged(database, sql)
    assert len(await reviews(sql)) == 1


async def test_judging_goes_on_where_it_was_stopped(database: str, sql: Sql, teller: Teller) -> None:
    """A process ends in the middle of a million agreements: the next one does not begin anew."""
    await teller.tell("agreement.signed", LOAN, subject="A")
    await teller.tell("agreement.signed", LOAN, subject="B")
    change = await put(sql, Rule(gate="legislative", instrument="EMP", requires="none"))
    [first] = await sql.fetch("SELECT known_from FROM agreement WHERE subject = 'A'")
    await sql.execute("UPDATE rules SET judging = $1, judged_to = $2", change.version, first["known_from"])
    await judged(database, sql)
    assert [(subject, is_open) for subject, _, code, is_open, _ in await reviews(sql) if "legis" in code] == [
        ("A", True),
        ("B", False),
    ]


async def test_rules_that_do_not_fit_together_change_nothing(sql: Sql) -> None:
    """Each fault is named: codes that there are not, days that two rules want, terms beyond reason."""
    before = await rulebook.listed(sql)
    wrong = [
        Rule(gate="federal", instrument="XYZ", requires="none"),
        Rule(gate="federal", instrument="EMP", requires="approval", satisfied_by=("pending",)),
        Rule(gate="federal", instrument="IRM", requires="notice", bodies=("FUNAI",)),
        Rule(gate="legal", instrument="IRM", requires="none", to_day=date(2027, 1, 1)),
        Rule(gate="legal", instrument="IRM", requires="none", from_day=date(2026, 12, 31)),
        Rule(
            gate="legal",
            instrument="MOU",
            requires="none",
            overdue_days=-1,
            from_day=date(2026, 1, 2),
            to_day=date(2026, 1, 1),
        ),
    ]
    with pytest.raises(rulebook.BadRules) as bad:
        await rulebook.change(sql, lambda _: wrong, by="test")
    said = " ".join(fault.en for fault in bad.value.faults)
    for word in ("XYZ", "pending", "FUNAI", "rules 4 and 5", "rule 6: to_day", "rule 6: overdue_days"):
        assert word in said, word
    assert "rule 3: requires" in said
    assert await rulebook.listed(sql) == before


async def test_who_changed_the_rules_is_kept(sql: Sql) -> None:
    """The log of the service says it; nothing is said where nothing changed."""
    change = await put(sql, Rule(gate="legal", instrument="EMP", requires="none"))
    assert await sql.fetchval("SELECT changed_by FROM rules") == "test"
    again = await rulebook.change(sql, lambda rules: rules, by="nobody")
    assert (again.version, again.changed) == (change.version, 0)
    assert await sql.fetchval("SELECT changed_by FROM rules") == "test"
    assert json.loads(
        await sql.fetchval("SELECT rule FROM gate_rule WHERE gate = 'legal' AND instrument = 'EMP'")
    ) == {
        "gate": "legal",
        "instrument": "EMP",
        "requires": "none",
    }
