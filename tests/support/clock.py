"""The system's clock in tests: any day that it should be, without waiting for midnight."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from services.registry.watch.clock import Clock, today_here
from services.registry.writing.registrar import Registrar
from shared.database import Database
from shared.notices.dates import TIMEZONE
from shared.notices.envelope import Notice
from tests.support.registered import Sql, delivered
from tests.support.registry import BELO_HORIZONTE, sister_city
from tests.support.world import eventually

PATIENCE_SECONDS = 60.0


class Days:
    """Which day it is, as the test says; at first that on which the test began: a run may cross midnight."""

    first: ClassVar[date] = today_here()

    def __init__(self) -> None:
        self.today = Days.first = today_here()
        self.asked = 0

    def __call__(self) -> date:
        """The day."""
        self.asked += 1
        return self.today


def in_days(days: int) -> date:
    """The day that is so many days ahead."""
    return Days.first + timedelta(days)


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


async def clock_process(database: str, day: date) -> asyncio.subprocess.Process:
    """A clock that can be killed, for which it is *day*."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.clock_process", database, f"{day}",
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def sign_many(database: str, count: int, *, ends_on: date) -> None:
    """So many agreements that end on that day."""
    pool = Database(database, "test signs", most_connections=1)
    registrar = Registrar(pool)
    await registrar.register(
        [
            delivered(
                Notice(
                    member=BELO_HORIZONTE,
                    source="/test",
                    id=f"many-{n}",
                    type="br.malha.agreement.signed.v1",
                    subject=f"many-{n}",
                    data=sister_city(ends_on=f"{ends_on}"),
                )
            )
            for n in range(count)
        ]
    )
    await registrar.close()
    await pool.close()
