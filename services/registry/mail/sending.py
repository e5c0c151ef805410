"""Hands in what waits in the outbox, one letter after another, while it leads.

A letter that the server has accepted is settled in the next moment, and not sent again. If the process, the
database or the line ends between the two, that one letter goes out a second time, with the same Message-ID
and the same date: better twice than never.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from aiohttp import web

from services.registry.leader import POLL_SECONDS, Leader, rest
from services.registry.mail import outbox
from services.registry.mail.message import message
from services.registry.mail.outbox import Letter
from services.registry.mail.server import Line, Refused, Server, Undelivered, Unreachable
from shared import metrics
from shared.broker import sleep
from shared.database import Connection, Database
from shared.lifecycle import Readiness
from shared.notices.dates import day_of

log = structlog.get_logger()

MAIL_SENDS: web.AppKey[bool] = web.AppKey("mail_sends", bool)
"""Whether this installation sends mail at all."""

LOCK: Final = 853_000_013
SEND_SECONDS: Final = 10.0
AT_ONCE: Final = 50
PATIENCE: Final = timedelta(minutes=5)
"""What waits longer than this is stuck."""
REMEMBERED: Final = timedelta(days=400)
"""Nothing tells anew of what is older: the keys of what was sent then may go."""
FIRST_WAIT_SECONDS: Final = 60.0
MOST_WAIT_SECONDS: Final = 4 * 3600.0
MOST_REST_SECONDS: Final = 60.0
_UPKEEP: Final = timedelta(hours=1)


class Courier(Leader):
    """Sends while it leads; stands by otherwise."""

    name = "registry.mail"

    def __init__(
        self,
        database: Database,
        server: Server | None,
        sender: str,
        *,
        first_wait_seconds: float = FIRST_WAIT_SECONDS,
        first_rest_seconds: float = POLL_SECONDS,
    ) -> None:
        """*server* None: nothing is sent, and what is written is settled unsent, not kept for later.

        A letter that is postponed waits *first_wait_seconds*, then twice as long each time; after a server
        that cannot be reached all wait *first_rest_seconds*, in the same way.
        """
        super().__init__(database, LOCK, outbox.CHANNEL)
        self._server = server
        self._sender = sender
        self._first_wait = first_wait_seconds
        self._first_rest = first_rest_seconds
        self._trouble: str | None = None
        self.failures = 0
        """How often in a row the server could not be reached."""
        self._backlog = outbox.Backlog(0, None)
        self._kept_up = datetime.min.replace(tzinfo=UTC)

    def readiness(self) -> Readiness:
        """Ready even while mail is stuck, which it says: the registry does all else without it."""
        state = super().readiness()
        oldest = self._backlog.oldest
        if not state.ok or oldest is None or datetime.now(UTC) - oldest < PATIENCE:
            return state
        waited = datetime.now(UTC) - oldest
        return Readiness(
            ok=True,
            detail=f"mail is stuck: {self._backlog.letters} letters wait, the oldest for "
            f"{waited.total_seconds() / 60:.0f} minutes ({self._trouble or 'no try yet'})",
        )

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Send until *stop*; the letter in hand is finished, the others wait for whoever leads next."""
        while not stop.is_set():
            self._news.clear()
            await self._settle_unsent(connection)
            letters = await outbox.waiting(connection, AT_ONCE) if self._server is not None else ()
            sent = await self._send_all(connection, letters, stop) if letters else 0
            await self._look(connection)
            if self.failures:
                await self._wait(connection, stop)
            elif sent < AT_ONCE:
                await rest(self._news)

    async def _settle_unsent(self, connection: Connection) -> None:
        today = day_of(datetime.now(UTC))
        given_up = await outbox.give_up(connection, today, sends=self._server is not None)
        for outcome in given_up:
            metrics.MAIL_SETTLED.labels(outcome).inc()
        if given_up and self._server is not None:
            log.warning("mail_given_up", letters=len(given_up), outcomes=sorted(set(given_up)))

    async def _look(self, connection: Connection) -> None:
        self._backlog = await outbox.backlog(connection)
        oldest, now = self._backlog.oldest, datetime.now(UTC)
        metrics.MAIL_WAITING.set(self._backlog.letters)
        metrics.MAIL_OLDEST_SECONDS.set(0 if oldest is None else (now - oldest).total_seconds())
        if now - self._kept_up > _UPKEEP:
            self._kept_up = now
            await outbox.forget(connection, REMEMBERED)

    async def _wait(self, connection: Connection, stop: asyncio.Event) -> None:
        """Leave the server alone for a while; PostgreSQL must hear of us meanwhile, or the lead is lost."""
        seconds = min(self._first_rest * 2 ** (self.failures - 1), MOST_REST_SECONDS)
        await _speaking(connection, sleep(seconds, stop))

    async def _send_all(self, connection: Connection, letters: Sequence[Letter], stop: asyncio.Event) -> int:
        """Send *letters* over one line, as far as it holds; how many were tried."""
        if self._server is None:
            return 0
        line = Line(self._server, self._sender)
        tried = 0
        try:
            await _speaking(connection, line.open())
            for letter in letters:
                if stop.is_set():
                    break
                tried += 1
                await self._send(connection, line, letter)
            self.failures = 0
            self._trouble = None
        except Unreachable as error:
            self.failures += 1
            self._trouble = error.code
            metrics.MAIL_TROUBLE.labels(error.code).inc()
            log.warning("mail_server_unreachable", why=error.code, failures=self.failures)
        finally:
            await line.close()
        return tried

    async def _send(self, connection: Connection, line: Line, letter: Letter) -> None:
        """Try *letter* and record what became of it. Raises Unreachable, when no other needs to be tried."""
        try:
            told = message(letter, self._sender)
        except Exception:  # whatever it holds, it must not hold up the others, or end the registry
            await outbox.settle(connection, letter.id, "refused", "unwritable")
            metrics.MAIL_SETTLED.labels("refused").inc()
            log.exception("mail_unwritable", letter=letter.id)
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await _speaking(connection, line.send(told, letter.recipient))
        except Refused as error:
            await outbox.settle(connection, letter.id, "refused", error.code)
            metrics.MAIL_SETTLED.labels("refused").inc()
            log.warning("mail_refused", letter=letter.id, code=error.code)
        except (Undelivered, TimeoutError) as error:
            code = error.code if isinstance(error, Undelivered) else "TimeoutError"
            await outbox.postpone(connection, letter.id, self._wait_of(letter), code)
            log.info("mail_postponed", letter=letter.id, code=code, tries=letter.tries + 1)
            if isinstance(error, Unreachable):
                raise
            if isinstance(error, TimeoutError):
                raise Unreachable(code) from error
            metrics.MAIL_TROUBLE.labels(code).inc()
        else:
            await outbox.settle(connection, letter.id, "accepted")
            metrics.MAIL_SETTLED.labels("accepted").inc()
            log.info("mail_accepted", letter=letter.id, tries=letter.tries + 1)

    def _wait_of(self, letter: Letter) -> timedelta:
        return timedelta(seconds=min(self._first_wait * 2**letter.tries, MOST_WAIT_SECONDS))


async def _speaking(connection: Connection, work: Awaitable[None]) -> None:
    """Wait for *work*, and let PostgreSQL hear of us meanwhile: a silent leader loses the lead."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=POLL_SECONDS))[0]:
            await connection.execute("SELECT")
        task.result()
    finally:
        task.cancel()
