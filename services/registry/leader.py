"""One process at a time: whoever holds an advisory lock, for as long as its session with PostgreSQL lives."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

import asyncpg

from services.registry import queries
from shared.broker import sleep
from shared.database import Connection, Database, DatabaseUnavailable, trouble
from shared.lifecycle import READY, Readiness

Result = TypeVar("Result")
POLL_SECONDS: Final = 1.0
_CLOSING_SECONDS: Final = 5.0
_IDLE_SECONDS: Final = 10
"""A leader speaks at least every POLL_SECONDS; one that is frozen loses its session, and with it the lock."""


class Leader(ABC):
    """A part of which one process leads, however many run; the others stand by."""

    def __init__(self, database: Database, lock: int, channel: str) -> None:
        """*database* has a connection to spare for the lock; NOTIFY on *channel* is news."""
        self._leads = database
        self._lock = lock
        self._channel = channel
        self._news = asyncio.Event()
        self._state = Readiness(ok=False, detail="PostgreSQL: not asked yet")

    @abstractmethod
    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Lead until *stop*, over the *connection* that holds the lock."""

    def trouble(self, error: DatabaseUnavailable) -> str:
        """What readiness says of *error*."""
        return trouble(error)

    def readiness(self) -> Readiness:
        """Ready while it leads or stands by."""
        return self._state

    async def run(self, stop: asyncio.Event) -> None:
        """Lead or stand by, until *stop*."""
        while not stop.is_set():
            try:
                async with leading(
                    self._leads, self._lock, self._channel, self._news, stop, standing_by=self._on_ready
                ) as connection:
                    if connection is not None:
                        self._on_ready()
                        await self.lead(connection, stop)
            except DatabaseUnavailable as error:
                self._state = Readiness(ok=False, detail=self.trouble(error))
                await sleep(POLL_SECONDS, stop)

    def _on_ready(self) -> None:
        self._state = READY


@asynccontextmanager
async def leading(
    database: Database,
    lock: int,
    channel: str,
    news: asyncio.Event,
    stop: asyncio.Event,
    *,
    standing_by: Callable[[], None],
) -> AsyncIterator[Connection | None]:
    """The connection that holds *lock*, once it does; None if *stop* is set first.

    *news* is set by each NOTIFY on *channel*, and by *stop*. *standing_by* is called whenever PostgreSQL has
    answered that another process leads. The lock ends with the block, or earlier with the connection: whoever
    leads asks it for everything, and so cannot lead on without it.
    """
    async with database.connection() as connection:
        await connection.execute(f"SET idle_session_timeout = '{_IDLE_SECONDS}s'")
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
            standing_by()
            await sleep(POLL_SECONDS, stop)
            if stop.is_set():
                yield None
                return

        def heard(*_: Any) -> None:
            news.set()

        stopping = asyncio.create_task(_pass_on(stop, news))
        await connection.add_listener(channel, heard)
        try:
            yield connection
        except BaseException:
            # A lost or frozen session can end nothing properly. One that the pool has taken back already
            # refuses this too, and must not hide why the block ends: above all not a cancellation.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
            raise
        else:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await connection.remove_listener(channel, heard)
        finally:
            stopping.cancel()


_IS_HELD: Final = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1::bigint::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


async def is_held(connection: Connection | queries.Connection, lock: int) -> bool:
    """Whether some session of this database holds *lock*."""
    held: bool = await connection.fetchval(_IS_HELD, lock, timeout=_CLOSING_SECONDS)
    return held


async def speaking(connection: Connection, work: Awaitable[Result]) -> Result:
    """What *work* comes to, which does not ask *connection*: a lead that is silent for so long is lost."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=POLL_SECONDS))[0]:
            await connection.execute("SELECT", timeout=_CLOSING_SECONDS)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    return task.result()


async def rest(news: asyncio.Event, seconds: float = POLL_SECONDS) -> None:
    """Wait for *news*; they are hints, so for *seconds* only."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await news.wait()


async def _pass_on(stop: asyncio.Event, news: asyncio.Event) -> None:
    await stop.wait()
    news.set()
