"""Carries committed items to the feed stream, in the order of their positions.

The stream is the cursor: whoever becomes the leader goes on after what the stream holds. A chunk that is not
confirmed as a whole is published again as a whole: that makes duplicates, which readers drop by position, and
never a gap.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import structlog
from aio_pika.abc import AbstractConnection

from services.registry import queries
from services.registry.leader import POLL_SECONDS, is_held, leading, rest, speaking
from services.registry.recovery import losses
from services.registry.telling.messages import (
    READ_SECONDS,
    canary_message,
    item_message,
    last_canary,
    restored_message,
)
from services.registry.telling.noting import note_published
from services.registry.telling.tail import CHUNK_ITEMS, read_tail
from services.registry.writing import erasure
from shared import metrics
from shared.broker import CONNECTION_ERRORS, ConfirmedPublisher, Message, keep_connected, sleep
from shared.database import Connection, Database, DatabaseUnavailable, trouble
from shared.lifecycle import READY, Readiness
from shared.notices.canary import Canary
from shared.problems import OutcomeUnknown

log = structlog.get_logger()

Item = tuple[int, str]
"""A position, and the item in JSON."""

LOCK: Final = 853_000_002
COMPARED_LOCK: Final = 853_000_004
"""Held by a leader that has seen to it that the head is not below the stream."""
CHANNEL: Final = "malha_feed"
RECORD_SECONDS: Final = 0.25
"""What was confirmed is recorded together, so that a steady trickle does not write a row for each item."""
RETRY_SECONDS: Final = 0.5
HANDED_ITEMS: Final = 1_000
COMPARED_SECONDS: Final = 2.0
COMPARED_POLL_SECONDS: Final = 0.05


class _StreamAway(Exception):  # noqa: N818 - what it is
    """The stream could not be read: a fault of the broker's side, inside a block about the database's."""


class _Span(NamedTuple):
    """Positions that the stream has confirmed, and when it confirmed the last of them."""

    first: int
    last: int
    at: datetime
    since: float
    """When the first of them was confirmed, by the monotonic clock."""


class FeedPublisher:
    """Publishes while it leads; stands by otherwise."""

    name = "registry.publisher"

    def __init__(self, amqp_url: str, database: Database, confirmed: ConfirmedPublisher) -> None:
        """*confirmed* is for this publisher alone: its whole window is one chunk's."""
        self._url = amqp_url
        self._database = database
        self._confirmed = confirmed
        self._broker = Readiness(ok=False, detail="RabbitMQ: not connected yet")
        self._own = READY
        self._handed: deque[Item] = deque(maxlen=HANDED_ITEMS)
        self._wake = asyncio.Event()

    def readiness(self) -> Readiness:
        """Ready while it publishes or stands by."""
        return self._own if self._broker.ok else self._broker

    def hand_over(self, items: Iterable[Item]) -> None:
        """Take what this process has just committed: it is told at once, and not asked of PostgreSQL again.

        Only a short cut: what is forgotten here, or was committed elsewhere, is found in the table.
        """
        self._handed.extend(items)
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until *stop*; then what is committed by now."""
        await keep_connected(self._url, "malha-registry feed", self._session, stop, self._on_broker)

    def _on_broker(self, state: Readiness) -> None:
        self._broker = state

    def _on_standing_by(self) -> None:
        self._own = READY

    async def _session(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        self._on_broker(READY)
        while not stop.is_set():
            try:
                async with leading(
                    self._database, LOCK, CHANNEL, self._wake, stop, standing_by=self._on_standing_by
                ) as database:
                    if database is None:
                        return
                    await self._lead(connection, database, stop)
            except DatabaseUnavailable as error:
                self._own = Readiness(ok=False, detail=trouble(error))
                await sleep(POLL_SECONDS, stop)
            except _StreamAway as away:
                raise ConnectionError(str(away)) from away

    async def _lead(self, connection: AbstractConnection, database: Connection, stop: asyncio.Event) -> None:
        position = await self._begin(connection, database, stop)
        if position is None:
            return
        if settled := await erasure.settle_due(database):  # before anybody may read or register beside it
            log.warning("erasures_done_again", count=settled)
        self._own = READY
        await database.execute("SELECT pg_advisory_lock($1)", COMPARED_LOCK, timeout=READ_SECONDS)
        await database.execute("SET synchronous_commit = off")  # a lost record of publication is made anew
        unrecorded: _Span | None = None
        canary = await last_canary(database)
        while True:
            self._wake.clear()
            items = self._handed_after(position) or await _items(database, position)
            if items:
                if not await self._deliver([item_message(*item) for item in items], database, stop):
                    return
                position = items[-1][0]
                unrecorded = _joined(unrecorded, items[0][0], position)
                metrics.FEED_PUBLISHED.set(position)
                note_published(items)
            if unrecorded is not None and (
                stop.is_set() or time.monotonic() - unrecorded.since >= RECORD_SECONDS
            ):
                await _record(database, unrecorded)
                unrecorded = None
            if not items:
                if stop.is_set():
                    return
                canary = await self._pass_on(canary, position, database, stop)
                await rest(self._wake, POLL_SECONDS if unrecorded is None else RECORD_SECONDS)

    async def _pass_on(
        self, told: Canary | None, position: int, database: Connection, stop: asyncio.Event
    ) -> Canary | None:
        """Tell of a canary that came since *told*, the last one; all items up to *position* are told."""
        canary = await last_canary(database)
        if canary is None or canary == told:
            return told
        if await self._deliver([canary_message(canary, position)], database, stop):
            metrics.canary_reached("published", canary.age_seconds())
        return canary

    def _handed_after(self, position: int) -> list[Item]:
        """What was handed over and follows *position* without a gap; what is older is forgotten."""
        handed = self._handed
        while handed and handed[0][0] <= position:
            handed.popleft()
        items: list[Item] = []
        while handed and len(items) < CHUNK_ITEMS and handed[0][0] == position + len(items) + 1:
            items.append(handed.popleft())
        return items

    async def _begin(
        self, connection: AbstractConnection, database: Connection, stop: asyncio.Event
    ) -> int | None:
        """The position after which to go on; None if *stop* came first."""
        recorded: int = await database.fetchval(_RECORDED, timeout=READ_SECONDS)
        try:
            # An empty stream that has held items (a new broker's) is given longer than a lead may be silent.
            tail = await speaking(database, read_tail(connection, stop, expects_items=recorded > 0))
        except CONNECTION_ERRORS as error:
            raise _StreamAway(str(error) or type(error).__name__) from error
        if tail is None:
            return None
        head: int = await database.fetchval(_HEAD, timeout=READ_SECONDS)
        if tail.highest > head:
            return await self._go_on_above(connection, tail.highest, head, database, stop)
        position = tail.complete_to
        if position > recorded:
            await _record(database, _Span(recorded + 1, position, datetime.now(UTC), 0))
        log.info("feed_led", position=position, head=head)
        return position

    async def _go_on_above(
        self,
        connection: AbstractConnection,
        highest: int,
        head: int,
        database: Connection,
        stop: asyncio.Event,
    ) -> int | None:
        """The database is older than the feed: leave every position that was ever seen, and say so.

        The head is raised last: whoever is stopped before that begins anew, and readers are reset twice.
        """
        restored = highest + 1
        log.error("feed_ahead_of_database", stream=highest, head=head, restored=restored)
        try:
            collected = await losses.collect(connection, database, head, highest, stop)
        except CONNECTION_ERRORS as error:
            raise _StreamAway(str(error) or type(error).__name__) from error
        if not collected or not await self._deliver([restored_message(restored)], database, stop):
            return None
        await database.execute(_RAISE_HEAD, restored, timeout=READ_SECONDS)
        return restored

    async def _deliver(self, messages: Sequence[Message], database: Connection, stop: asyncio.Event) -> bool:
        """Publish until all are confirmed; False if *stop* came first: the next leader begins with them."""
        while True:
            try:
                await self._confirmed.publish_all(messages)
            except OutcomeUnknown:
                if stop.is_set():
                    return False
                await sleep(RETRY_SECONDS, stop)
                await database.execute("SELECT", timeout=READ_SECONDS)  # the lead must not be lost by silence
            else:
                return True


async def is_compared(connection: Connection | queries.Connection) -> bool:
    """Whether a leader has held the head of this server against the stream; waits 2 s for it to become so.

    A restored database begins below what readers have seen: until its head was raised above that, whatever
    were registered would get positions that the feed has left behind.
    """
    until = time.monotonic() + COMPARED_SECONDS
    while not await is_held(connection, COMPARED_LOCK):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(COMPARED_POLL_SECONDS)
    return True


_ITEMS = "SELECT position, item::text FROM feed_item WHERE position > $1 ORDER BY position LIMIT $2"
_HEAD = "SELECT position FROM head"
_RAISE_HEAD = "UPDATE head SET position = $1 WHERE position < $1"
_RECORDED = "SELECT coalesce(max(last), 0) FROM publication"
_RECORD = """
INSERT INTO publication (first, last, published_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def _items(database: Connection, position: int) -> list[Item]:
    rows = await database.fetch(_ITEMS, position, CHUNK_ITEMS, timeout=READ_SECONDS)
    return [(row["position"], row["item"]) for row in rows]


async def _record(database: Connection, span: _Span) -> None:
    await database.execute(_RECORD, span.first, span.last, span.at, timeout=READ_SECONDS)


def _joined(span: _Span | None, first: int, last: int) -> _Span:
    at = datetime.now(UTC)
    return _Span(first, last, at, time.monotonic()) if span is None else span._replace(last=last, at=at)
