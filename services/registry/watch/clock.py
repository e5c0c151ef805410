"""The system's clock: tells what each day brings about, in America/Sao_Paulo, once each.

Only one process tells at a time; that a day is told once is not up to that, but to the identity of what it
tells: whoever was stopped half way begins the day anew, and whatever stands in the ledger is a repeat.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog

from services.registry import rulebook
from services.registry.leader import Leader, rest
from services.registry.watch import dawn, upkeep
from services.registry.writing.drafting import Registered
from services.registry.writing.erasure import SYSTEM
from services.registry.writing.registrar import HeadInDoubt, MayWrite, Registrar, always
from shared import metrics
from shared.database import Connection, Database, DatabaseUnavailable
from shared.notices.dates import day_of
from shared.notices.envelope import Delivery, Notice

log = structlog.get_logger()

LOCK: Final = 853_000_005
CHANNEL: Final = "malha_clock"
READ_SECONDS: Final = 5.0
BATCH_NOTICES: Final = 20
"""Registered in one transaction: what members send waits no longer than that."""
_ONE_DAY: Final = timedelta(days=1)


def today_here() -> date:
    """The day that it is in America/Sao_Paulo, by this machine's clock."""
    return day_of(datetime.now(UTC))


class Clock(Leader):
    """Tells each day while it leads; stands by otherwise."""

    name = "registry.clock"

    def __init__(
        self,
        leads: Database,
        writes: Database,
        environment: str,
        *,
        may_write: MayWrite = always,
        today: Callable[[], date] = today_here,
    ) -> None:
        """*leads* holds the lock, *writes* registers; *today* says which day it is."""
        super().__init__(leads, LOCK, CHANNEL)
        self._registrar = Registrar(writes, may_write=may_write)
        self._environment = environment
        self._today = today

    def trouble(self, error: DatabaseUnavailable) -> str:
        """Registering waits for the feed's end to be read."""
        if isinstance(error, HeadInDoubt):
            return "feed: its end has not been read yet"
        return super().trouble(error)

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Tell each day as it comes, until *stop*."""
        try:
            await self._follow_days(connection, stop)
        finally:
            await self._registrar.close()

    async def _follow_days(self, connection: Connection, stop: asyncio.Event) -> None:
        kept_up: date | None = None
        while not stop.is_set():
            self._news.clear()
            today = self._today()
            told: date | None
            told, recovering = await connection.fetchrow(_TOLD, timeout=READ_SECONDS) or (None, False)
            if recovering:  # what a day brings about is judged by all that was known when it began
                await rest(self._news)
            elif told is None:
                await connection.execute(_BEGIN, today, timeout=READ_SECONDS)
                log.info("clock_began", day=today.isoformat())
            elif told < today:
                await self._tell(connection, told + _ONE_DAY, stop)
            elif kept_up != told:
                kept_up = told
                await upkeep.keep_up(connection, told, stop)
            else:
                metrics.CLOCK_TOLD.set(datetime.combine(told, datetime.min.time(), UTC).timestamp())
                await rest(self._news)

    async def _tell(self, connection: Connection, day: date, stop: asyncio.Event) -> None:
        """Tell of *day*, and then that it is told; nothing is lost if *stop* or the end comes in between."""
        rules = await rulebook.load(connection)
        position: int = await connection.fetchval(
            _TELLING, day, await dawn.position_at(connection, day), timeout=READ_SECONDS
        )
        count = 0
        async for notices in dawn.tellings(connection, day, position, rules):
            for first in range(0, len(notices), BATCH_NOTICES):
                if stop.is_set():
                    return
                count += await self._register(notices[first : first + BATCH_NOTICES])
                await connection.execute("SELECT", timeout=READ_SECONDS)  # a silent leader loses the lead
        await connection.execute(_TELL, day, timeout=READ_SECONDS)
        await self._registrar.close()  # until tomorrow
        log.info("day_told", day=day.isoformat(), announced=count, position=position, rules=rules.version)

    async def _register(self, notices: Sequence[Notice]) -> int:
        """Register *notices*; how many of them are new."""
        now = datetime.now(UTC)
        outcomes = await self._registrar.register(
            [
                Delivery(notice=notice, sender=SYSTEM, received_at=now, environment=self._environment)
                for notice in notices
            ]
        )
        new = 0
        for notice, outcome in zip(notices, outcomes, strict=True):
            if isinstance(outcome, Registered) and not outcome.repeated:
                metrics.CLOCK_ANNOUNCED.labels(notice.fact.name).inc()
                new += 1
            elif not isinstance(outcome, Registered):
                log.error(
                    "announcement_failed",
                    protocol=notice.protocol,
                    type=notice.type,
                    why=type(outcome).__name__,
                )
        return new


_TOLD: Final = """
SELECT told, EXISTS (SELECT FROM recovery WHERE finished_at IS NULL) FROM clock
"""
_BEGIN: Final = "UPDATE clock SET told = $1 WHERE told IS NULL"
# Whoever takes the day up again judges it by the same position, though more was registered since.
_TELLING: Final = """
UPDATE clock SET telling = $1, as_of = CASE WHEN telling = $1 THEN as_of ELSE $2 END RETURNING as_of
"""
_TELL: Final = "UPDATE clock SET told = $1 WHERE told < $1"
