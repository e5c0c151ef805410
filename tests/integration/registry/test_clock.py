"""The system's clock: what each day brings about is told once, whatever stops, repeats or runs twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.registry.watch import seals
from shared.notices.dates import TIMEZONE
from tests.support.clock import (
    PATIENCE_SECONDS,
    TODAY,
    Days,
    announced,
    clock_process,
    in_days,
    running,
    sign_many,
    tell_until,
    told,
)
from tests.support.registered import Sql, require_sound
from tests.support.registry import (
    BELO_HORIZONTE,
    UBERLANDIA,
    Teller,
    running_registry,
    sister_city,
    telling,
)
from tests.support.world import eventually


@pytest.fixture
def days() -> Days:
    """The day that it is."""
    return Days()


@pytest.fixture
async def teller(database: str) -> AsyncIterator[Teller]:
    """Who tells the registry of agreements."""
    async with telling(database) as found:
        yield found


async def test_the_first_start_tells_nothing_of_days_before(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """History is loaded into a new registry: nobody wants to be told today what expired in 2014."""
    await teller.tell("agreement.signed", sister_city(ends_on=in_days(0).isoformat()), subject="A")
    await tell_until(database, sql, days, TODAY)
    assert await announced(sql) == []
    assert await announced(sql, "ledger") == []


async def test_each_day_between_is_told_once_in_order(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """The clock slept for months: what fell due meanwhile is told for its own day, each once."""
    ends = in_days(40)
    await tell_until(database, sql, days, TODAY)
    await teller.tell(
        "agreement.signed",
        sister_city(effective_on=in_days(2).isoformat(), ends_on=ends.isoformat()),
        subject="A",
    )
    await tell_until(database, sql, days, in_days(45))
    mine = [found for found in await announced(sql) if found[0] != "gate_overdue"]
    assert mine == [
        ("entered_into_force", "A", in_days(2).isoformat(), {"effective_on": in_days(2).isoformat()}),
        ("expiring", "A", in_days(10).isoformat(), {"ends_on": ends.isoformat(), "days": 30}),
        ("expired", "A", in_days(41).isoformat(), {"ends_on": ends.isoformat()}),
    ]
    sealed = [found[3]["day"] for found in await announced(sql, "ledger")]
    assert sealed == [in_days(n).isoformat() for n in range(45)]
    await require_sound(sql)


async def test_what_is_told_on_the_day_itself_is_not_announced(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """A date passes for those who knew of it: the agreement was told only after the day had begun."""
    await tell_until(database, sql, days, TODAY - timedelta(1))
    await teller.tell("agreement.signed", sister_city(effective_on=TODAY.isoformat()), subject="A")
    await tell_until(database, sql, days, TODAY)
    assert await announced(sql) == []


async def test_what_is_no_longer_true_is_not_announced(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """The clock was late, and a renewal came before it: nobody is told that the agreement has expired."""
    await tell_until(database, sql, days, TODAY)
    for subject in ("renewed", "expired"):
        await teller.tell("agreement.signed", sister_city(ends_on=in_days(1).isoformat()), subject=subject)
    await teller.tell(
        "agreement.renewed",
        {"signed_on": TODAY.isoformat(), "ends_on": in_days(400).isoformat()},
        subject="renewed",
    )
    await tell_until(database, sql, days, in_days(2))
    assert [(fact, subject) for fact, subject, *_ in await announced(sql)] == [("expired", "expired")]


async def test_what_never_was_an_agreement_is_not_announced(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """A duplicate does not expire, nor what was entered in error."""
    await tell_until(database, sql, days, TODAY)
    for subject in ("A", "B"):
        await teller.tell("agreement.signed", sister_city(ends_on=f"{in_days(1)}"), subject=subject)
    await teller.tell("agreement.merged", {"into": "C"}, subject="B")
    reason = {"reason": "Ficção de teste"}
    await teller.tell("agreement.voided", reason, subject="A", by=("coordination", "31"))
    await tell_until(database, sql, days, in_days(2))
    assert await announced(sql) == []


async def test_an_announcement_changes_nothing_of_its_agreement(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """It has a position, an entry and a feed item; the agreement stays as its members told it."""
    record = "SELECT version, fold::text, remarks, received_at FROM agreement"
    await tell_until(database, sql, days, TODAY)
    await teller.tell("agreement.signed", sister_city(ends_on=in_days(1).isoformat()), subject="A")
    before = await sql.fetch(record)
    heard = await sql.fetchval("SELECT last_heard_at FROM chain WHERE member = '3106200'")
    await tell_until(database, sql, days, in_days(2))
    assert await sql.fetch(record) == before
    assert await sql.fetchval("SELECT last_heard_at FROM chain WHERE member = '3106200'") == heard
    row = await sql.fetchrow(
        """SELECT e.agreement, i.agreement AS shown, i.item FROM entry e JOIN feed_item i USING (position)
           WHERE e.type = 'br.malha.clock.expired.v1'"""
    )
    assert row is not None
    assert row["agreement"] == row["shown"] == await sql.fetchval("SELECT id FROM agreement")
    item = json.loads(row["item"])
    assert (item["agreement"]["subject"], item["visibility"]) == ("A", "public")
    assert "Porto" in item["headline"]["pt"]
    later = await teller.tell("agreement.confirmed", {}, subject="A")
    assert not later.remarks
    await require_sound(sql)


async def test_what_is_restricted_is_announced_to_nobody_else(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """An announcement is as visible as its agreement."""
    await tell_until(database, sql, days, TODAY)
    restricted = sister_city(ends_on=f"{in_days(1)}", visibility="restricted")
    await teller.tell("agreement.signed", restricted, subject="A")
    await tell_until(database, sql, days, in_days(2))
    item = json.loads(
        await sql.fetchval(
            """SELECT item FROM feed_item JOIN entry USING (position)
               WHERE type = 'br.malha.clock.expired.v1'"""
        )
    )
    assert item["visibility"] == "restricted"


async def test_one_that_cannot_be_judged_does_not_silence_the_others(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """A row that a mistake of ours has spoilt is passed over, and the log names it."""
    await tell_until(database, sql, days, TODAY)
    for subject in ("A", "B"):
        await teller.tell("agreement.signed", sister_city(ends_on=f"{in_days(1)}"), subject=subject)
    await sql.execute("""UPDATE agreement SET fold = '{"spoilt": true}' WHERE subject = 'A'""")
    with capture_logs() as logged:
        await tell_until(database, sql, days, in_days(2))
    assert [(fact, subject) for fact, subject, *_ in await announced(sql)] == [("expired", "B")]
    spoilt = await sql.fetchval("SELECT id FROM agreement WHERE subject = 'A'")
    assert {line["agreement"] for line in logged if line["event"] == "agreement_passed_over"} == {spoilt}


def gate(status: str, since: date, **more: str) -> dict[str, Any]:
    """What `gate_updated` tells of the federal gate."""
    return {"gate": "federal", "status": status, "since": since.isoformat(), **more}


async def test_terms_that_run_out_are_announced(database: str, sql: Sql, days: Days, teller: Teller) -> None:
    """The notice of a proposal, the notice within 14 days of signing, and an answer that does not come."""
    await tell_until(database, sql, days, TODAY)
    known = {"partners": sister_city()["partners"], "title": "Ficção de teste"}
    mou, loan = {"instrument": "MOU", **known}, {"instrument": "EMP", **known}
    now = datetime.combine(TODAY, datetime.min.time(), TIMEZONE)
    await teller.tell("agreement.negotiation_opened", mou, subject="P", time=now)
    for subject in ("S", "N"):
        await teller.tell("agreement.signed", {**mou, "signed_on": f"{TODAY}"}, subject=subject)
    await teller.tell("agreement.gate_updated", gate("informed", in_days(0)), subject="N")
    await teller.tell("agreement.negotiation_opened", loan, subject="E", time=now)
    await teller.tell("agreement.gate_updated", gate("consulted", in_days(0), body="COFIEX"), subject="E")
    await tell_until(database, sql, days, in_days(185))
    assert await announced(sql) == [
        (
            "gate_overdue",
            "S",
            f"{in_days(15)}",
            {"gate": "federal", "rule": "signing", "due_on": f"{in_days(14)}"},
        ),
        (
            "gate_overdue",
            "P",
            f"{in_days(31)}",
            {"gate": "federal", "rule": "proposal", "due_on": f"{in_days(30)}"},
        ),
        (
            "gate_overdue",
            "E",
            f"{in_days(181)}",
            {
                "gate": "federal",
                "rule": "age",
                "due_on": f"{in_days(180)}",
                "status": "consulted",
                "body": "COFIEX",
                "since": f"{TODAY}",
            },
        ),
    ]


async def test_a_municipality_falls_silent_once(database: str, sql: Sql, days: Days, teller: Teller) -> None:
    """Heard a year ago and not since; of one that was never heard nothing is told, nor of an organisation."""
    await tell_until(database, sql, days, TODAY)
    await teller.tell("municipality.nothing_to_declare", {"as_of": f"{TODAY}"})
    await teller.tell(
        "agreement.signed", sister_city(), subject="A", member=UBERLANDIA, by=("coordination", "31")
    )
    await tell_until(database, sql, days, in_days(380))
    assert [found for found in await announced(sql) if found[0] == "silent"] == [
        ("silent", None, TODAY.replace(year=TODAY.year + 1).isoformat(), {"last_heard_on": f"{TODAY}"})
    ]
    item = json.loads(
        await sql.fetchval(
            """SELECT item FROM feed_item JOIN entry USING (position)
               WHERE type = 'br.malha.clock.silent.v1'"""
        )
    )
    assert (item["member"]["id"], item["visibility"]) == (BELO_HORIZONTE, "network")


async def test_a_clock_that_goes_back_tells_nothing_twice(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """The machine's clock was a day ahead and is set right: the day comes again, and was told."""
    await tell_until(database, sql, days, TODAY)
    await teller.tell("agreement.signed", sister_city(ends_on=in_days(1).isoformat()), subject="A")
    await tell_until(database, sql, days, in_days(3))
    before = await sql.fetchval("SELECT position FROM head")
    days.today = in_days(1)
    async with running(database, days) as clock:
        await asyncio.sleep(0.3)
        days.today = in_days(3)
        await asyncio.sleep(1.2)
        assert clock.readiness().ok
    assert await sql.fetchval("SELECT position FROM head") == before


async def test_a_clock_that_is_killed_half_way_and_then_run_twice_tells_each_day_once(
    database: str, sql: Sql, days: Days
) -> None:
    """SIGKILL in the middle of a day; then two processes start at once. 300 agreements expire, once each."""
    await tell_until(database, sql, days, TODAY)
    await sign_many(database, 300, ends_on=in_days(1))
    head = await sql.fetchval("SELECT position FROM head")
    process = await clock_process(database, in_days(2))

    async def has_begun() -> bool:
        return bool(await sql.fetchval("SELECT position > $1 FROM head", head + 60))

    await eventually(has_begun, "it tells", PATIENCE_SECONDS, every_seconds=0.002)
    process.kill()
    await process.wait()
    assert await sql.fetchval("SELECT told FROM clock") == in_days(1)
    assert await sql.fetchval("SELECT position FROM head") < head + 300
    both = [await clock_process(database, in_days(2)) for _ in range(2)]
    try:
        await eventually(told(sql, in_days(2)), "the day is told", PATIENCE_SECONDS)
    finally:
        for process in both:
            process.kill()
            await process.wait()
    expired = [subject for fact, subject, *_ in await announced(sql) if fact == "expired"]
    assert len(expired) == len(set(expired)) == 300
    assert len(await announced(sql, "ledger")) == 2
    assert await sql.fetchval("SELECT count(*) FROM conflict") == 0
    await require_sound(sql)


async def test_a_seal_can_be_recomputed_and_shows_a_chain_that_was_rewritten(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """One digest over all heads, as of a position: whoever keeps it needs nobody's word."""
    await tell_until(database, sql, days, TODAY)
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(), subject="A", member=UBERLANDIA)
    await tell_until(database, sql, days, in_days(2))
    first, second = await seals.seals(sql)
    assert (first.day, first.position, first.chains) == (f"{TODAY}", 2, 2)
    assert second.chains == 3
    assert await seals.holds(sql, first)
    assert await seals.holds(sql, second)
    await sql.execute("ALTER TABLE entry DISABLE TRIGGER entry_is_append_only")
    await sql.execute("UPDATE entry SET digest = sha256('other') WHERE position = 1")
    assert not await seals.holds(sql, first)


async def test_an_announcement_stands_in_history_feed_and_receipt(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """It is a notice like any other, of the system's; it changed nothing, and is no version of its own."""
    await tell_until(database, sql, days, TODAY)
    await teller.tell("agreement.signed", sister_city(ends_on=f"{in_days(1)}"), subject="A")
    await tell_until(database, sql, days, in_days(2))
    async with running_registry(database) as registry:
        [agreement] = (await registry.json("/v1/agreements"))["items"]
        feed = await registry.json("/v1/feed")
        [expired] = [item for item in feed["items"] if item["type"] == "br.malha.clock.expired.v1"]
        assert agreement["record"]["version"] < expired["position"]
        history = (await registry.json(f"/v1/agreements/{agreement['id']}/history"))["items"]
        [told_of] = [version for version in history if version["type"] == expired["type"]]
        assert (told_of["changes"], told_of["notice"]) == ([], expired["protocol"])
        receipt = await registry.json(f"/v1/receipts/{expired['protocol']}")
        assert (receipt["status"], receipt["conflicts"]) == ("registered", [])
        chain = await registry.json(f"/v1/ledger/{BELO_HORIZONTE}/verify")
        assert (chain["length"], chain["intact"]) == (2, True)
