"""Who is listening: readers of one audience form a group, and get the same bytes on their transports.

Nothing is queued for a reader. One that does not keep up leaves its group as soon as its transport holds more
than `BUFFER_BYTES`, is caught up from the ring at its own pace (see sse.py), and comes back.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from services.notifier.feed import Audience, ResetReason, Ring, cursor_frame, reset_frame
from shared import metrics
from shared.accounts import Caller
from shared.broker import sleep
from shared.lifecycle import READY, Readiness

log = structlog.get_logger()

CURSOR_SECONDS: Final = 15.0
BUFFER_BYTES: Final = 64 * 1024
CHUNK_ITEMS: Final = 256
CHUNK_BYTES: Final = 64 * 1024


class Reader:
    """One open stream: all that it was sent has `id:` up to *last_id*, and is complete to *complete_to*."""

    __slots__ = (
        "audience",
        "caller",
        "complete_to",
        "is_chunked",
        "is_ended",
        "last_id",
        "parted",
        "transport",
    )

    def __init__(
        self, transport: asyncio.WriteTransport, audience: Audience, caller: Caller, *, is_chunked: bool
    ) -> None:
        self.transport = transport
        self.audience = audience
        self.caller = caller
        self.is_chunked = is_chunked
        self.is_ended = False
        self.last_id = 0
        self.complete_to = 0
        self.parted: asyncio.Future[None] | None = None

    def part(self) -> None:
        """Let `follow` return."""
        if self.parted is not None and not self.parted.done():
            self.parted.set_result(None)

    def end(self) -> None:
        """Nothing more is to be sent."""
        self.is_ended = True
        self.part()


class _Group:
    """The readers of one audience that are up to date, and what they were sent."""

    __slots__ = ("audience", "complete_to", "last_id", "readers", "sent_bytes")

    def __init__(self, audience: Audience, head: int) -> None:
        self.audience = audience
        self.last_id = head
        self.complete_to = head
        self.readers: set[Reader] = set()
        self.sent_bytes = 0

    def write(self, frames: bytes) -> int:
        """Write *frames* to all, and count them; those whose transport is full part, to be caught up."""
        chunked = b"%x\r\n%b\r\n" % (len(frames), frames)
        full = [reader for reader in self.readers if not _write(reader, frames, chunked)]
        for reader in full:
            reader.last_id = self.last_id
            reader.complete_to = self.complete_to
            self.readers.discard(reader)
            reader.part()
        self.sent_bytes += len(frames)
        return len(self.readers)


def _write(reader: Reader, frames: bytes, chunked: bytes) -> bool:
    transport = reader.transport
    # Of a line that was closed just now the handler is not cancelled yet; uvloop raises on a write to it.
    if transport.is_closing() or transport.get_write_buffer_size() > BUFFER_BYTES:
        return False
    transport.write(chunked if reader.is_chunked else frames)
    return True


class Readers:
    """All open streams, and their heartbeat."""

    name = "notifier.readers"

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._all: set[Reader] = set()
        self._groups: dict[Audience, _Group] = {}
        self._undrained: dict[Reader, int] = {}
        self._flush_is_due = False
        self._news = asyncio.Event()
        self.closing = asyncio.Event()

    @property
    def count(self) -> int:
        """How many streams are open."""
        return len(self._all)

    def readiness(self) -> Readiness:
        """Always: readers are served whatever else is down."""
        return READY

    async def run(self, stop: asyncio.Event) -> None:
        """Send every reader a cursor every 15 s; end all streams when *stop* is set."""
        while not stop.is_set():
            await sleep(CURSOR_SECONDS, stop)
            self.beat()
        self.end_all()

    def admit(self, reader: Reader) -> None:
        """Count *reader* among the open streams, which can be ended from here."""
        self._all.add(reader)
        reader.is_ended = self.closing.is_set()
        metrics.STREAM_READERS.set(len(self._all))

    def dismiss(self, reader: Reader) -> None:
        """The stream is over."""
        self._all.discard(reader)
        self._undrained.pop(reader, None)
        metrics.STREAM_READERS.set(len(self._all))

    async def follow(self, reader: Reader) -> None:
        """Send *reader*, who is complete to the head, whatever comes; return when it lags or is ended.

        Joins before it first waits, so that nothing comes between the catching up and the joining.
        """
        if reader.is_ended:
            return
        group = self._group(reader.audience)
        if reader.last_id < group.complete_to:
            frames = cursor_frame(group.complete_to)
            _write(reader, frames, b"%x\r\n%b\r\n" % (len(frames), frames))
        group.readers.add(reader)
        reader.parted = asyncio.get_running_loop().create_future()
        try:
            await reader.parted
        finally:
            reader.parted = None
            self._undrained.pop(reader, None)
            group.readers.discard(reader)
            if not group.readers and self._groups.get(group.audience) is group:
                del self._groups[group.audience]

    async def reached(self, position: int) -> None:
        """Return once the ring has *position*."""
        while self._ring.head < position:
            await self._news.wait()

    async def tell(self) -> None:
        """Send what the ring has taken in; return when every group was sent all of it.

        Whoever fills the ring waits for this: it would otherwise run out of the ring under those who follow.
        """
        self.flush()
        while self._flush_is_due:  # noqa: ASYNC110 (each turn of the loop is a chunk for everybody)
            await asyncio.sleep(0)

    def flush(self) -> None:
        """Send what the ring has taken in; a long piece in chunks, with turns for others between them."""
        self._flush_is_due = False
        self._news.set()
        self._news = asyncio.Event()
        for group in list(self._groups.values()):
            self._send_chunk(group)
            if group.complete_to < self._ring.head and not self._flush_is_due:
                self._flush_is_due = True
                asyncio.get_running_loop().call_soon(self.flush)

    def reset(self, reason: ResetReason) -> None:
        """The ring begins anew: tell all who were up to date from where to catch up."""
        head = self._ring.head
        for group in list(self._groups.values()):
            metrics.STREAM_RESETS.labels(reason).inc(group.write(reset_frame(head, reason, group.last_id)))
            group.last_id = group.complete_to = head

    def end_if(self, is_over: Callable[[Caller], bool]) -> None:
        """End the streams of all callers that *is_over* says may no longer read."""
        ended = [reader for reader in self._all if is_over(reader.caller)]
        for reader in ended:
            reader.end()
        if ended:
            log.info("streams_ended", count=len(ended))

    def end_all(self) -> None:
        """End every stream, and those that are just beginning."""
        self.closing.set()
        self.end_if(lambda _: True)

    def beat(self) -> None:
        """One heartbeat: a cursor for everybody; who has taken nothing since the last one is disconnected."""
        undrained: dict[Reader, int] = {}
        head = self._ring.head
        for group in list(self._groups.values()):
            self._bring_up_to_date(group)
            for reader in group.readers:
                size = reader.transport.get_write_buffer_size() - group.sent_bytes
                if size + group.sent_bytes == 0:
                    continue
                if size >= self._undrained.get(reader, size + 1):
                    metrics.STREAM_EVICTED.labels("stuck").inc()
                    reader.transport.abort()
                undrained[reader] = size
            group.write(cursor_frame(head))
            group.last_id = head
        self._undrained = undrained

    def _group(self, audience: Audience) -> _Group:
        group = self._groups.get(audience)
        if group is None:
            group = self._groups[audience] = _Group(audience, self._ring.head)
        self._bring_up_to_date(group)
        return group

    def _bring_up_to_date(self, group: _Group) -> None:
        while group.complete_to < self._ring.head:
            self._send_chunk(group)

    def _send_chunk(self, group: _Group) -> None:
        chunk = self._ring.chunk(
            group.audience, group.last_id, group.complete_to, items=CHUNK_ITEMS, size=CHUNK_BYTES
        )
        if chunk.frames:
            metrics.STREAM_DELIVERIES.inc(group.write(chunk.frames))
        group.last_id = chunk.last_id
        group.complete_to = chunk.complete_to
