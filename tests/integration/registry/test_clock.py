"""The system's clock: what each day brings about is told once, whatever stops, repeats or runs twice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from structlog.testing import capture_logs

from services.registry.watch import seals
from tests.support.clock import (
    PATIENCE_SECONDS,
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
from tests.support.registry import UBERLANDIA, Teller, sister_city
from tests.support.world import eventually


def asked_again(days: Days) -> Callable[[], Awaitable[bool]]:
    """Whether a clock has asked for the day, and done with it: it asks once more."""
    enough = days.asked + 2

    async def is_asked() -> bool:
        return days.asked >= enough

    return is_asked


async def test_the_first_start_tells_nothing_of_days_before(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """History is loaded into a new registry: nobody wants to be told today what expired in 2014."""
    await teller.tell("agreement.signed", sister_city(ends_on=in_days(0).isoformat()), subject="A")
    await tell_until(database, sql, days, in_days(0))
    assert await announced(sql) == []
    assert await announced(sql, "ledger") == []


async def test_each_day_between_is_told_once_in_order(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """The clock slept for months: what fell due meanwhile is told for its own day, each once."""
    ends = in_days(40)
    await tell_until(database, sql, days, in_days(0))
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


async def test_one_that_cannot_be_judged_does_not_silence_the_others(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """A row that a mistake of ours has spoilt is passed over, and the log names it."""
    await tell_until(database, sql, days, in_days(0))
    for subject in ("A", "B"):
        await teller.tell("agreement.signed", sister_city(ends_on=f"{in_days(1)}"), subject=subject)
    await sql.execute("""UPDATE agreement SET fold = '{"spoilt": true}' WHERE subject = 'A'""")
    with capture_logs() as logged:
        await tell_until(database, sql, days, in_days(2))
    assert [(fact, subject) for fact, subject, *_ in await announced(sql)] == [("expired", "B")]
    spoilt = await sql.fetchval("SELECT id FROM agreement WHERE subject = 'A'")
    assert {line["agreement"] for line in logged if line["event"] == "agreement_passed_over"} == {spoilt}


async def test_a_clock_that_goes_back_tells_nothing_twice(
    database: str, sql: Sql, days: Days, teller: Teller
) -> None:
    """The machine's clock was a day ahead and is set right: the day comes again, and was told."""
    await tell_until(database, sql, days, in_days(0))
    await teller.tell("agreement.signed", sister_city(ends_on=in_days(1).isoformat()), subject="A")
    await tell_until(database, sql, days, in_days(3))
    before = await sql.fetchval("SELECT position FROM head")
    days.today = in_days(1)
    async with running(database, days) as clock:
        await eventually(asked_again(days), "it lives through the day before", PATIENCE_SECONDS)
        days.today = in_days(3)
        await eventually(asked_again(days), "the day comes again", PATIENCE_SECONDS)

        async def is_ready() -> bool:
            return clock.readiness().ok

        await eventually(is_ready, "all is well", PATIENCE_SECONDS)
    assert await sql.fetchval("SELECT position FROM head") == before


@asynccontextmanager
async def held_before(sql: Sql, position: int) -> AsyncIterator[None]:
    """Whoever would write this position, or a later one, waits until the block ends."""
    await sql.execute("SELECT pg_advisory_lock(1)")
    await sql.execute(
        f"""
        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN new; END $$;
        CREATE TRIGGER hold BEFORE INSERT ON entry FOR EACH ROW WHEN (new.position >= {position})
        EXECUTE FUNCTION hold()
        """
    )
    try:
        yield
    finally:
        await sql.execute("SELECT pg_advisory_unlock(1)")
        await sql.execute("DROP TRIGGER hold ON entry; DROP FUNCTION hold()")


async def somebody_waits(sql: Sql) -> bool:
    """Whether somebody is held."""
    return bool(
        await sql.fetchval(
            """SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =
               (SELECT oid FROM pg_database WHERE datname = current_database()))"""
        )
    )


async def test_a_clock_that_is_killed_half_way_and_then_run_twice_tells_each_day_once(
    database: str, sql: Sql, days: Days
) -> None:
    """SIGKILL in the middle of a day; then two processes start at once. 300 agreements expire, once each."""
    await tell_until(database, sql, days, in_days(0))
    await sign_many(database, 300, ends_on=in_days(1))
    head = await sql.fetchval("SELECT position FROM head")
    async with held_before(sql, head + 150):
        process = await clock_process(database, in_days(2))
        await eventually(lambda: somebody_waits(sql), "it is half way", PATIENCE_SECONDS)
        process.kill()
        await process.wait()
    assert await sql.fetchval("SELECT told FROM clock") == in_days(1)
    assert head + 60 < await sql.fetchval("SELECT position FROM head") < head + 300
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
    await tell_until(database, sql, days, in_days(0))
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(), subject="A", member=UBERLANDIA)
    await tell_until(database, sql, days, in_days(2))
    first, second = await seals.seals(sql)
    assert (first.day, first.position, first.chains) == (f"{in_days(0)}", 2, 2)
    assert second.chains == 3
    assert await seals.holds(sql, first)
    assert await seals.holds(sql, second)
    await sql.execute("ALTER TABLE entry DISABLE TRIGGER entry_is_append_only")
    await sql.execute("UPDATE entry SET digest = sha256('other') WHERE position = 1")
    assert not await seals.holds(sql, first)
