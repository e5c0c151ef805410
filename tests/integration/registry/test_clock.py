"""The system's clock: what each day brings about is told once, whatever stops, repeats or runs twice."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.registry import seals
from services.registry.clock import Clock, today_here
from shared.database import Database
from shared.notices.dates import TIMEZONE
from tests.support.registered import Sql, require_sound
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Teller, sister_city, telling
from tests.support.world import eventually

TODAY = today_here()
PATIENCE_SECONDS = 20.0


def in_days(days: int) -> date:
    """The day that is so many days ahead."""
    return TODAY + timedelta(days)


class Days:
    """Which day it is, as the test says."""

    def __init__(self) -> None:
        self.today = TODAY

    def __call__(self) -> date:
        """The day."""
        return self.today


@pytest.fixture
def days() -> Days:
    """The day that it is."""
    return Days()


@pytest.fixture
async def teller(database: str) -> AsyncIterator[Teller]:
    """Who tells the registry of agreements."""
    async with telling(database) as found:
        yield found


@asynccontextmanager
async def running(database: str, days: Callable[[], date]) -> AsyncIterator[Clock]:
    """A clock of its own process, as far as PostgreSQL can tell, stopped in good order at the end."""
    leads = Database(database, "test clock leads", most_connections=1)
    writes = Database(database, "test clock writes", most_connections=1)
    clock = Clock(leads, writes, "test", today=days)
    stop = asyncio.Event()
    task = asyncio.create_task(clock.run(stop))
    try:
        yield clock
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await task
    finally:
        task.cancel()
        await asyncio.wait({task})
        await leads.close()
        await writes.close()


def told(sql: Sql, day: date) -> Callable[[], Awaitable[bool]]:
    """Whether *day* has been told."""

    async def is_told() -> bool:
        return bool(await sql.fetchval("SELECT told >= $1 FROM clock", day))

    return is_told


async def tell_until(database: str, sql: Sql, days: Days, day: date) -> None:
    """Let a clock run until *day* is told."""
    days.today = day
    async with running(database, days):
        await eventually(told(sql, day), f"{day} is told", PATIENCE_SECONDS)


async def announced(sql: Sql, family: str = "clock") -> list[tuple[str, str | None, str, dict[str, Any]]]:
    """What the clock has told: (fact, subject, day, data), in order."""
    rows = await sql.fetch(
        """SELECT e.type, e.entry, d.fields FROM entry e JOIN disclosure d USING (position)
           WHERE e.type LIKE 'br.malha.' || $1 || '.%' ORDER BY position""",
        family,
    )
    found = []
    for type_, entry, fields in rows:
        envelope = json.loads(entry)["envelope"]
        day = datetime.fromisoformat(envelope["time"]).astimezone(TIMEZONE)
        assert (day.hour, day.minute, day.second) == (0, 0, 0)
        data = {name: opening["value"] for name, opening in json.loads(fields).items()}
        found.append((type_.split(".")[3], envelope["subject"], day.date().isoformat(), data))
    return found


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
