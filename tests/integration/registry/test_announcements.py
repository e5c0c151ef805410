"""What a day brings about: whom it is told of, whom not, and how it is seen."""

import json
from datetime import date, datetime
from typing import Any

from shared.notices.dates import TIMEZONE
from tests.support.clock import Days, announced, in_days, tell_until
from tests.support.registered import Sql, require_sound
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Teller, running_registry, sister_city


async def test_what_is_told_on_the_day_itself_is_not_announced(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """A date passes for those who knew of it: the agreement was told only after the day had begun."""
    await tell_until(database, sql, days, in_days(-1))
    await teller.tell("agreement.signed", sister_city(effective_on=in_days(0).isoformat()), subject="A")
    await tell_until(database, sql, days, in_days(0))
    assert await announced(sql) == []


async def test_what_is_no_longer_true_is_not_announced(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """The clock was late, and a renewal came before it: nobody is told that the agreement has expired."""
    await tell_until(database, sql, days, in_days(0))
    for subject in ("renewed", "expired"):
        await teller.tell("agreement.signed", sister_city(ends_on=in_days(1).isoformat()), subject=subject)
    await teller.tell(
        "agreement.renewed",
        {"signed_on": in_days(0).isoformat(), "ends_on": in_days(400).isoformat()},
        subject="renewed",
    )
    await tell_until(database, sql, days, in_days(2))
    assert [(fact, subject) for fact, subject, *_ in await announced(sql)] == [("expired", "expired")]


async def test_what_never_was_an_agreement_is_not_announced(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """A duplicate does not expire, nor what was entered in error."""
    await tell_until(database, sql, days, in_days(0))
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
    await tell_until(database, sql, days, in_days(0))
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
    await tell_until(database, sql, days, in_days(0))
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


def gate(status: str, since: date, **more: str) -> dict[str, Any]:
    """What `gate_updated` tells of the federal gate."""
    return {"gate": "federal", "status": status, "since": since.isoformat(), **more}


async def test_terms_that_run_out_are_announced(database: str, sql: Sql, days: Days, teller: Teller) -> None:
    """The notice of a proposal, the notice within 14 days of signing, and an answer that does not come."""
    await tell_until(database, sql, days, in_days(0))
    known = {"partners": sister_city()["partners"], "title": "Ficção de teste"}
    mou, loan = {"instrument": "MOU", **known}, {"instrument": "EMP", **known}
    now = datetime.combine(in_days(0), datetime.min.time(), TIMEZONE)
    await teller.tell("agreement.negotiation_opened", mou, subject="P", time=now)
    for subject in ("S", "N"):
        await teller.tell("agreement.signed", {**mou, "signed_on": f"{in_days(0)}"}, subject=subject)
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
                "since": f"{in_days(0)}",
            },
        ),
    ]


def a_year_after(day: date) -> date:
    """The same day a year later; of a 29 February the 1st of March, before which no year has passed."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


async def test_a_municipality_falls_silent_once(database: str, sql: Sql, days: Days, teller: Teller) -> None:
    """Heard a year ago and not since; of one that was never heard nothing is told, nor of an organisation."""
    await tell_until(database, sql, days, in_days(0))
    await teller.tell("municipality.nothing_to_declare", {"as_of": f"{in_days(0)}"})
    await teller.tell(
        "agreement.signed", sister_city(), subject="A", member=UBERLANDIA, by=("coordination", "31")
    )
    await tell_until(database, sql, days, in_days(380))
    assert [found for found in await announced(sql) if found[0] == "silent"] == [
        ("silent", None, a_year_after(in_days(0)).isoformat(), {"last_heard_on": f"{in_days(0)}"})
    ]
    item = json.loads(
        await sql.fetchval(
            """SELECT item FROM feed_item JOIN entry USING (position)
               WHERE type = 'br.malha.clock.silent.v1'"""
        )
    )
    assert (item["member"]["id"], item["visibility"]) == (BELO_HORIZONTE, "network")


async def test_an_announcement_stands_in_history_feed_and_receipt(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """It is a notice like any other, of the system's; it changed nothing, and is no version of its own."""
    await tell_until(database, sql, days, in_days(0))
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
