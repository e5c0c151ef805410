"""One batch, one transaction: positions without a gap, whatever fails, ends or takes turns."""

import asyncio

import pytest

from services.registry.writing.drafting import Batch, Registered
from services.registry.writing.registrar import PART_NOTICES, Registrar, UnknownMember
from shared.database import Database, DatabaseUnavailable
from shared.notices.envelope import Delivery
from tests.support.registered import Sql, register, require_sound
from tests.support.told import MEMBER, OTHER, renamed, signed, told


async def test_a_batch_gives_contiguous_positions_and_chains(registrar: Registrar, sql: Sql) -> None:
    """Positions count from 1 in the order of the batch, each member's chain for itself."""
    batch = [
        signed(),
        renamed(signed(), member=OTHER, id="x"),
        renamed(signed("2021"), subject="PROC-2", id="y"),
    ]
    outcomes = await register(registrar, *batch)
    assert [(one.position, one.repeated) for one in outcomes] == [(1, False), (2, False), (3, False)]
    chains = await sql.fetch("SELECT member, length FROM chain ORDER BY member")
    assert [tuple(row) for row in chains] == [(MEMBER, 2), (OTHER, 1)]
    await require_sound(sql)


async def test_one_bad_notice_harms_no_other(registrar: Registrar, sql: Sql) -> None:
    """A batch that fails is retried one by one."""
    stranger = renamed(signed(), member="org-nobody")
    outcomes = await register(registrar, signed(), stranger, renamed(signed("2021"), id="y"))
    assert [type(one) for one in outcomes] == [Registered, UnknownMember, Registered]
    assert [one.position for one in outcomes if isinstance(one, Registered)] == [1, 2]
    await require_sound(sql)


async def test_many_late_notices_of_one_agreement_cost_no_fold_each(registrar: Registrar, sql: Sql) -> None:
    """History told backwards in one batch is folded a bounded number of times, and remembered the same."""
    notices = [
        told("amended", day, effective_on=f"2020-01-{day:02}", changes={"department": str(day)})
        for day in range(28, 0, -1)
    ]
    outcomes = await register(registrar, *notices, signed("2019"))
    assert [one.position for one in outcomes] == list(range(1, 30))
    await require_sound(sql)


async def test_a_backend_terminated_before_commit_leaves_nothing_half(registrar: Registrar, sql: Sql) -> None:
    """What was in the transaction is registered once, by the retry."""
    await register(registrar, signed())
    assert registrar._connection is not None
    victim = registrar._connection.get_server_pid()
    await sql.execute("SELECT pg_terminate_backend($1, 5000)", victim)
    with pytest.raises(DatabaseUnavailable):
        await register(registrar, renamed(signed("2021"), id="y"))
    (again,) = await register(registrar, renamed(signed("2021"), id="y"))
    assert isinstance(again, Registered)
    assert again.position == 2
    await require_sound(sql)


async def test_two_registrars_take_turns(registrar: Registrar, store: Database, sql: Sql) -> None:
    """A second registry process may run at any time: positions stay contiguous, chains whole."""
    second = Registrar(store)

    async def load(writer: Registrar, name: str) -> None:
        for n in range(10):
            batch = [renamed(signed("2020"), id=f"{name}-{n}-{k}", subject=f"S-{k}") for k in range(5)]
            await register(writer, *batch, *batch[:1])

    try:
        await asyncio.gather(load(registrar, "a"), load(second, "b"))
    finally:
        await second.close()
    assert await sql.fetchval("SELECT position FROM head") == 100
    await require_sound(sql)


async def test_an_agreement_may_be_told_of_in_every_part_of_a_batch(registrar: Registrar, sql: Sql) -> None:
    """A large batch is written in parts: what one part wrote, the next goes on from."""
    batch = [
        renamed(told(fact, n, **data), subject=f"S-{n}")
        for fact, data in (
            ("terminated", {"effective_on": "2025-01-01"}),
            ("signed", signed("2020", themes=["AGUA"]).data),
            ("amended", {"effective_on": "2022-01-01", "changes": {"themes": ["CULT"]}}),
        )
        for n in range(90)
    ]
    assert len(batch) > 2 * PART_NOTICES
    outcomes = await register(registrar, *batch)
    assert [one.position for one in outcomes] == list(range(1, len(batch) + 1))
    await require_sound(sql)
    assert [one.repeated for one in await register(registrar, *batch)] == [True] * len(batch)


async def test_a_notice_that_fails_in_a_later_part_undoes_the_earlier_ones(
    registrar: Registrar, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction all the same: then each notice for itself, and only the bad one is left out."""
    whole = Batch.take

    def failing(batch: Batch, delivery: Delivery) -> None:
        if delivery.notice.id == "bad":
            raise ZeroDivisionError
        whole(batch, delivery)

    monkeypatch.setattr(Batch, "take", failing)
    batch = [renamed(signed(), id=str(n), subject=f"S-{n}") for n in range(PART_NOTICES + 20)]
    batch[PART_NOTICES + 10] = renamed(batch[0], id="bad")
    outcomes = await register(registrar, *batch)
    assert [type(one) for one in outcomes if not isinstance(one, Registered)] == [ZeroDivisionError]
    assert await sql.fetchval("SELECT position FROM head") == len(batch) - 1
    await require_sound(sql)
