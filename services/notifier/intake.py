"""The feed stream in: every item once, in the order of positions, or a hole that everybody is told of."""

import asyncio
import time
from typing import Final

import msgspec
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from services.notifier.feed import Added, Ring
from services.notifier.noting import note_told
from services.notifier.readers import Readers
from shared import metrics
from shared.broker import keep_connected
from shared.consuming import Deliveries, consuming
from shared.lifecycle import READY, Readiness
from shared.logs import explained
from shared.notices.canary import FEED_CANARY_TYPE, Canary
from shared.notices.feed import ITEM_TYPE, RESTORED_TYPE, FeedItem
from shared.streams import OFFSET, end_of, offset_of

log = structlog.get_logger()

STREAM: Final = "feed"
PREFETCH: Final = 1000
BATCH: Final = 250
HOLE_SECONDS: Final = 5.0
HOLE_REREADS: Final = 3


class _Event(msgspec.Struct, frozen=True):
    """The CloudEvent around an item."""

    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Restored(msgspec.Struct, frozen=True):
    position: int


class HoleInFeed(ConnectionError):  # noqa: N818 (it says what was found)
    """Positions are missing in what the stream delivered; it is read again from before them."""


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_item = msgspec.json.Decoder(FeedItem).decode
_decode_canary = msgspec.json.Decoder(Canary).decode
_decode_restored = msgspec.json.Decoder(_Restored).decode


class Intake:
    """Reads the stream into the ring, and has the readers told.

    At each connection the stream's end is looked up first. Reading begins after the last message taken; at
    the first connection, and when the stream is shorter than it was, so far back that the ring fills.
    """

    name = "notifier.intake"

    def __init__(self, url: str, connection_name: str, ring: Ring, readers: Readers) -> None:
        self._url = url
        self._connection_name = connection_name
        self._ring = ring
        self._readers = readers
        self._state = Readiness(ok=False, detail="RabbitMQ: not connected yet")
        self._offset: int | None = (
            None  # of the last message up to which nothing is missing; -1: all is to come
        )
        self._ahead: dict[int, FeedItem] = {}
        self._rereads = 0
        self._hole_since = 0.0
        self._untold: list[FeedItem] = []
        self.has_read_to_end = asyncio.Event()

    def readiness(self) -> Readiness:
        """Ready while connected, read to the end, and without a hole."""
        if self._ahead:
            return Readiness(
                ok=False, detail=f"feed: position {self._ring.head + 1} is missing; reading again"
            )
        return self._state

    async def run(self, stop: asyncio.Event) -> None:
        """Read until *stop*."""
        await keep_connected(self._url, self._connection_name, self._session, stop, self._on_state)

    def _on_state(self, state: Readiness) -> None:
        self._state = state

    async def _session(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        end = await end_of(connection, STREAM, stop)
        is_partial = not self.has_read_to_end.is_set()
        if self._offset is not None and (-1 if end is None else end) < self._offset:
            log.error("feed_stream_shorter", known_offset=self._offset, end_offset=end)
            self._offset = None
            is_partial = True
        back = self._ring.capacity + self._ring.capacity // 4
        while not stop.is_set():
            start = max(0, (end or 0) - back) if self._offset is None else self._offset + 1
            if await self._read(connection, stop, start, end, is_partial=is_partial):
                return
            self._ring.clear()
            self._offset = None
            back *= 4

    async def _read(
        self,
        connection: AbstractConnection,
        stop: asyncio.Event,
        start: int,
        end: int | None,
        *,
        is_partial: bool,
    ) -> bool:
        """Read from offset *start*, past *end* and on until *stop*; False if the ring did not fill.

        *is_partial*: what the ring still misses at *end* is not to be had from the stream.
        """
        self._ahead.clear()
        seen = start - 1
        first: int | None = None
        async with consuming(
            connection, STREAM, stop, prefetch=PREFETCH, arguments={OFFSET: start}
        ) as deliveries:
            while not stop.is_set():
                if end is None or seen >= end:
                    if (
                        not self.has_read_to_end.is_set()
                        and start > 0
                        and not self._ring.is_full
                        and first == start
                    ):
                        return False
                    if end is None:
                        self._offset = -1
                    self._reached_end(is_partial=is_partial or (first is not None and first > start))
                    end, is_partial = -1, False
                for message in await self._batch(deliveries):
                    seen = offset_of(message)
                    first = seen if first is None else first
                    self._take(message)
                    if not self._ahead:
                        self._offset = seen
                await self._readers.tell()
                self._note_told()
                self._check_hole()
        return True

    async def _batch(self, deliveries: Deliveries) -> list[DeliveredMessage]:
        patience = None if not self._ahead else max(0.0, self._hole_since + HOLE_SECONDS - time.monotonic())
        message = await deliveries.next(patience)
        if message is None:
            return []
        batch = [message, *deliveries.waiting(BATCH - 1)]
        await deliveries.acknowledge(batch[-1], multiple=True)
        return batch

    def _take(self, message: DeliveredMessage) -> None:
        metrics.FEED_HEARD.set_to_current_time()
        try:
            event = _decode_event(message.body)
            if event.type == RESTORED_TYPE:
                self._restore(_decode_restored(event.data).position)
            elif event.type == ITEM_TYPE:
                self._add(_decode_item(event.data))
            elif event.type == FEED_CANARY_TYPE and self.has_read_to_end.is_set():
                metrics.canary_reached("told", _decode_canary(event.data).age_seconds())
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            log.error("feed_message_unreadable", offset=offset_of(message), why=explained(error))  # noqa: TRY400 (no trace of somebody's junk)

    def _add(self, item: FeedItem) -> None:
        added = self._ring.add(item)
        if added is Added.DUPLICATE:
            metrics.FEED_DUPLICATES.inc()
            return
        if added is Added.HOLE:
            self._keep_for_later(item)
            return
        self._untold.append(item)
        while self._ahead and (follower := self._ahead.pop(self._ring.head + 1, None)) is not None:
            self._ring.add(follower)
            self._untold.append(follower)
        if not self._ahead:
            self._rereads = 0
            metrics.FEED_HOLE.set(0)
        metrics.FEED_HEAD.set(self._ring.head)

    def _note_told(self) -> None:
        """What was taken in has been written to everybody; what came before the start is no news."""
        if self._untold and self.has_read_to_end.is_set():
            note_told(self._untold, self._readers.count)
        self._untold.clear()

    def _keep_for_later(self, item: FeedItem) -> None:
        if not self._ahead:
            self._hole_since = time.monotonic()
            metrics.FEED_HOLE.set(1)
            log.error("feed_hole_found", missing=self._ring.head + 1, got=item.position)
        self._ahead[item.position] = item

    def _restore(self, head: int) -> None:
        if head <= self._ring.head:
            return
        log.warning("feed_restored", head=head)
        self._ahead.clear()
        self._ring.restore(head)
        self._readers.reset("restored")

    def _reached_end(self, *, is_partial: bool) -> None:
        while self._ahead and (is_partial or self._rereads >= HOLE_REREADS):
            self._skip_hole()
        self._readers.flush()
        self._on_state(READY)
        if not self.has_read_to_end.is_set():
            if not len(self._ring):
                self._ring.skip_to(0)  # from here on readers follow: the next item is the first, or a hole
            self.has_read_to_end.set()
            log.info("feed_read", oldest=self._ring.oldest, head=self._ring.head)

    def _skip_hole(self) -> None:
        """What is missing is not in the stream any more: tell every reader so, and go on after it."""
        following = min(self._ahead)
        log.error("feed_hole_skipped", first=self._ring.head + 1, last=following - 1)
        metrics.FEED_HOLES_SKIPPED.inc()
        self._ring.skip_to(following - 1)
        self._readers.reset("too_old")
        self._add(self._ahead.pop(following))

    def _check_hole(self) -> None:
        if not self._ahead:
            return
        is_late = time.monotonic() - self._hole_since >= HOLE_SECONDS
        if is_late or len(self._ahead) > self._ring.capacity // 2:
            self._rereads += 1
            raise HoleInFeed(f"position {self._ring.head + 1} is missing")
