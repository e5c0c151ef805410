"""What registering a notice leaves behind: once, in any order, and for whom it counts."""

import json
import random
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.registry.folding import fold
from services.registry.writing.drafting import Registered
from services.registry.writing.outcome import Conflicted
from services.registry.writing.registrar import Registrar, UnknownMember
from shared.notices.envelope import Delivery, Notice, Role
from tests.support.registered import Sql, delivered, register, remembered, require_sound
from tests.support.told import MEMBER, OTHER, PORTO, SUBJECT, renamed, signed, told


def a_life() -> list[Notice]:
    """An agreement's notices, in their own order: signed, in force, amended, corrected, over."""
    return [
        signed("2020-03-09", themes=["AGUA"], participants=[{"member": OTHER}], ends_on="2030-01-01"),
        told("entered_into_force", effective_on="2020-04-01"),
        told("amended", 1, effective_on="2021-01-01", changes={"themes": ["CULT"]}),
        told("amended", 2, effective_on="2022-01-01", changes={"partners": [{**PORTO, "country": "ES"}]}),
        told("corrected", reason="erro", changes={"title": "Água"}, time="2023-01-01T00:00:00Z"),
        told("terminated", effective_on="2024-05-01", reason="fim"),
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_in_any_batches_is_remembered_alike(
    registrar: Registrar, sql: Sql, seed: int
) -> None:
    """853 offices, bad lines: a renewal may come before the signature, and twice."""
    rng = random.Random(seed)  # noqa: S311 - an order, no secret
    life = a_life()
    life.append(told("retracted", reason="engano", notice=life[2].protocol))
    life.append(renamed(life[0], subject="PROC-9", id="later", data={**life[0].data, "ends_on": None}))
    notices = life * 2
    rng.shuffle(notices)
    while notices:
        size = rng.randint(1, 5)
        await register(registrar, *notices[:size])
        notices = notices[size:]
    assert await sql.fetchval("SELECT position FROM head") == len(life)
    for subject in (SUBJECT, "PROC-9"):
        whole = fold.agreement(fold.fold(MEMBER, subject, [n for n in life if n.subject == subject]))
        stored = await sql.fetchval("SELECT fold FROM agreement WHERE subject = $1", subject)
        assert fold.agreement(fold.decode(stored)) == whole
    await require_sound(sql)


async def test_a_repeat_gets_the_answer_of_the_first(registrar: Registrar, sql: Sql) -> None:
    """One notice has one effect, in another batch and in the same one."""
    notice = signed()
    first, again = await register(registrar, notice, notice)
    later, other = await register(registrar, notice, renamed(signed("2021"), id="other"))
    assert not first.repeated
    assert first.item is not None
    for repeat in (again, later):
        assert repeat == first._replace(repeated=True, item=None)
    assert other.position == 2
    await require_sound(sql)


async def test_a_conflict_is_kept_without_effect(registrar: Registrar, sql: Sql) -> None:
    """The same identity with other content: whoever sent it is told, and the first stays."""
    await register(registrar, signed())
    before = await remembered(sql)
    other = renamed(signed(), data={**signed().data, "title": "Outro"})
    third = renamed(signed(), subject="PROC-2")
    assert await register(registrar, other, third, other) == [Conflicted(signed().protocol)] * 3
    assert await register(registrar, other) == [Conflicted(signed().protocol)]
    assert await remembered(sql) == before
    kept = await sql.fetch(
        "SELECT data ->> 'title' AS title, envelope ->> 'subject' AS subject FROM conflict"
    )
    assert sorted(tuple(row) for row in kept) == [("Cooperação", "PROC-2"), ("Outro", "PROC-1")]
    await require_sound(sql)


async def test_a_conflict_within_a_batch_leaves_the_first(registrar: Registrar, sql: Sql) -> None:
    """What came first in the queue stands."""
    outcomes = await register(
        registrar, signed(), renamed(signed(), data={**signed().data, "title": "Outro"})
    )
    assert [type(one) for one in outcomes] == [Registered, Conflicted]
    assert await sql.fetchval("SELECT count(*) FROM conflict") == 1
    await require_sound(sql)


async def test_a_notice_of_a_member_that_joined_meanwhile_is_registered(
    registrar: Registrar, sql: Sql
) -> None:
    """The registrar's own idea of the members follows the directory's version."""
    newcomer = renamed(signed(), member="org-ufmg")
    assert isinstance((await register(registrar, newcomer))[0], UnknownMember)
    await sql.execute("INSERT INTO member (id, kind, name) VALUES ('org-ufmg', 'organisation', 'UFMG')")
    assert isinstance((await register(registrar, newcomer))[0], Registered)


async def test_a_participant_that_has_not_joined_is_no_reason_to_refuse(
    registrar: Registrar, sql: Sql
) -> None:
    """What it takes part in is counted for the day on which it joins."""
    shared = signed(participants=[{"member": "org-ufmg"}])
    assert isinstance((await register(registrar, shared))[0], Registered)
    counted = "SELECT n FROM tally WHERE member = 'org-ufmg' AND measure = 'signed_ever'"
    assert await sql.fetchval(counted) == 1


async def test_contradictions_come_back_as_remarks(registrar: Registrar, sql: Sql) -> None:
    """The registry records, it never authorises: what does not fit is registered and remarked."""
    (gap,) = await register(registrar, told("terminated", effective_on="2024-05-01"))
    assert [remark.protocol for remark in gap.remarks] == [gap.protocol]
    item = json.loads(await sql.fetchval("SELECT item FROM feed_item"))
    assert (item["remarks"], item["visibility"]) == (1, "restricted")
    assert item["agreement"]["title"] is None
    stored = json.loads(await sql.fetchval("SELECT remarks FROM entry"))
    assert set(stored[0]["detail"]) == {"pt", "en"}
    (repeat,) = await register(registrar, told("terminated", effective_on="2024-05-01"))
    assert repeat.remarks == gap.remarks


async def test_an_item_is_as_visible_as_its_agreement_afterwards(registrar: Registrar, sql: Sql) -> None:
    """A change of visibility is itself an item, and carries what it made of the agreement."""
    await register(
        registrar,
        signed("2020"),
        told(
            "corrected", 1, reason="sigilo", changes={"visibility": "restricted"}, time="2024-01-01T00:00:00Z"
        ),
    )
    await register(
        registrar,
        told("corrected", 2, reason="fim", changes={"visibility": "network"}, time="2024-02-01T00:00:00Z"),
    )
    items = [
        json.loads(row["item"]) for row in await sql.fetch("SELECT item FROM feed_item ORDER BY position")
    ]
    assert [item["visibility"] for item in items] == ["public", "restricted", "network"]


@pytest.mark.parametrize(
    ("role", "by", "heard"),
    [
        ("member", MEMBER, True),
        ("member", OTHER, True),
        ("coordination", "31", False),
        ("coordination", MEMBER, True),
    ],
)
async def test_only_the_member_and_its_delegates_count_as_heard(
    registrar: Registrar, sql: Sql, role: Role, by: str, *, heard: bool
) -> None:
    """What others told of a municipality does not count as hearing from it."""
    at = datetime(2026, 11, 21, 14, 3, 7, tzinfo=UTC)
    await register(registrar, signed(), role=role, by=by, at=at)
    assert await sql.fetchval("SELECT last_heard_at FROM chain") == (at if heard else None)
    await register(registrar, renamed(signed("2021"), id="y"), at=at - timedelta(days=1))
    assert await sql.fetchval("SELECT last_heard_at FROM chain") == (at if heard else at - timedelta(days=1))


async def test_the_last_nil_return_is_the_latest_that_was_not_retracted(
    registrar: Registrar, sql: Sql
) -> None:
    """Declared late or taken back: the date follows from the set of notices."""

    def nil_return(as_of: str) -> Notice:
        return Notice(
            member=MEMBER,
            source="/convenios",
            id=as_of,
            type="br.malha.municipality.nothing_to_declare.v1",
            subject="NIL",
            data={"as_of": as_of},
        )

    await register(registrar, nil_return("2026-10-01"), nil_return("2026-03-01"))
    assert await sql.fetchval("SELECT last_nil_return FROM chain") == "2026-10-01"
    taken_back = told("retracted", reason="engano", notice=nil_return("2026-10-01").protocol)
    await register(registrar, renamed(taken_back, subject="NIL"))
    assert await sql.fetchval("SELECT last_nil_return FROM chain") == "2026-03-01"
    item = json.loads(await sql.fetchval("SELECT item FROM feed_item WHERE position = 1"))
    assert (item["visibility"], item.get("agreement")) == ("public", None)


async def test_the_ledger_refuses_changes(registrar: Registrar, sql: Sql) -> None:
    """Append-only, by the database itself."""
    await register(registrar, signed())
    for statement in ("UPDATE entry SET type = 'x'", "DELETE FROM entry", "TRUNCATE entry CASCADE"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await sql.execute(statement)


async def test_what_is_registered_is_what_was_delivered(registrar: Registrar, sql: Sql) -> None:
    """The door's word for who spoke, and when, stands in the entry."""
    notice = signed("2020", time="2026-11-20T10:00:00.5Z")
    at = datetime(2026, 11, 21, 14, 3, 7, 120000, tzinfo=UTC)
    delivery: Delivery = delivered(notice, at=at)
    assert isinstance((await registrar.register([delivery]))[0], Registered)
    row = await sql.fetchrow("SELECT * FROM entry JOIN inbox USING (member, position)")
    assert row is not None
    assert (row["protocol"], row["type"], row["received_at"]) == (notice.protocol, notice.type, at)
    assert (row["source"], row["id"]) == (notice.source, notice.id)
    assert json.loads(row["entry"])["envelope"]["time"] == "2026-11-20T10:00:00.500000Z"
