"""`GET /v1/stream`: the feed as Server-Sent Events, to the letter of the contract.

A stream begins with `hello`, is caught up from the ring at the reader's own pace, joins its group (see
readers.py) and leaves it again whenever it lags: the ring is the only buffer.
"""

import asyncio
import random
import re
import socket
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog
from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from services.notifier.feed import Audience, FellBehind, ResetReason, Ring, hello_frame, reset_frame
from services.notifier.readers import BUFFER_BYTES, CHUNK_BYTES, CHUNK_ITEMS, Reader, Readers
from shared import metrics
from shared.accounts import caller_of, has_lost, scope_of, session_of
from shared.directory import Directory, DirectoryFollower
from shared.notices.dates import TIMEZONE
from shared.notices.feed import Filter
from shared.problems import Unavailable

log = structlog.get_logger()

OPENING_SECONDS: Final = 120.0
"""How long a stream is left unanswered until the directory and the end of the feed were read."""
AHEAD_SECONDS: Final = 1.0
"""How long a position that another notifier may have told already is waited for."""
STALL_SECONDS: Final = 20.0
"""How long a reader may take to empty a full buffer."""
RETRY_MS: Final = (1_000, 5_000)

_POSITION: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_HEADERS: Final = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-store, no-transform",
    "X-Accel-Buffering": "no",
}


class Stream:
    """Answers requests for the stream."""

    def __init__(
        self,
        ring: Ring,
        readers: Readers,
        directory: DirectoryFollower,
        has_read_to_end: asyncio.Event,
        environment: str,
    ) -> None:
        self._ring = ring
        self._readers = readers
        self._directory = directory
        self._has_read_to_end = has_read_to_end
        self._environment = environment

    async def opened(self) -> None:
        """Return once keys and positions can be judged; Unavailable (503) if that takes too long."""
        if self.can_judge():
            return
        waits = {
            asyncio.ensure_future(self._all_read()),
            asyncio.ensure_future(self._readers.closing.wait()),
        }
        try:
            await asyncio.wait(waits, timeout=OPENING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self.can_judge():
            raise Unavailable

    async def _all_read(self) -> bool:
        await self._directory.wait_read(OPENING_SECONDS)
        return await self._has_read_to_end.wait()

    def can_judge(self) -> bool:
        """Whether keys and positions are known by now."""
        return self._has_read_to_end.is_set() and self._directory.current is not None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One stream, until the reader leaves, lags for too long, or is ended from here."""
        await self.opened()
        caller = await caller_of(request)
        audience = Audience(scope_of(caller), Filter.parse(request.query, other=("last_event_id",)))
        asked = _asked_position(request)
        if asked is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._readers.reached(asked), AHEAD_SECONDS)
        response = web.StreamResponse(headers=_HEADERS)
        if request.version >= HttpVersion11:
            response.enable_chunked_encoding()
        writer = await response.prepare(request)
        transport = request.transport
        if writer is None or transport is None:
            return response
        _bound(transport)
        reader = Reader(transport, audience, caller, is_chunked=response.chunked)
        self._readers.admit(reader)
        if has_lost(caller, self._directory.require()):  # while it waited, before it was among the readers
            reader.end()
        expiry = _at_expiry(self._directory.require(), request, reader)
        try:
            await _send(writer, self._opening(reader, asked))
            while not reader.is_ended:
                await self._catch_up(reader, writer)
                await self._readers.follow(reader)
        except (TimeoutError, FellBehind) as error:
            metrics.STREAM_EVICTED.labels(type(error).__name__).inc()
            transport.abort()
        except ConnectionError:
            transport.abort()
        finally:
            self._readers.dismiss(reader)
            if expiry is not None:
                expiry.cancel()
        return response

    def _opening(self, reader: Reader, asked: int | None) -> bytes:
        """`hello`, and `reset` if *asked* (None: nothing was asked; -1: no position) cannot be resumed."""
        ring = self._ring
        reason: ResetReason | None = None
        position = ring.head
        if asked is not None:
            reason = "malformed" if asked < 0 else ring.refusal(asked)
            position = asked if reason is None else ring.head
        reader.last_id = reader.complete_to = position
        hello = hello_frame(
            ring,
            position,
            server_time=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            environment=self._environment,
            role=reader.caller.role,
            member=reader.caller.member,
            retry_ms=random.randint(*RETRY_MS),  # noqa: S311 (jitter is no secret)
        )
        if reason is None:
            if asked is not None:
                metrics.STREAM_RESUMES.inc()
            return hello
        metrics.STREAM_RESETS.labels(reason).inc()
        return hello + reset_frame(position, reason, max(asked or 0, 0))

    async def _catch_up(self, reader: Reader, writer: AbstractStreamWriter) -> None:
        """Send from the ring until *reader* is complete to the head, as fast as it takes it."""
        async with asyncio.timeout(STALL_SECONDS):
            await writer.drain()
        while reader.complete_to < self._ring.head and not reader.is_ended:
            chunk = self._ring.chunk(
                reader.audience, reader.last_id, reader.complete_to, items=CHUNK_ITEMS, size=CHUNK_BYTES
            )
            reader.last_id, reader.complete_to = chunk.last_id, chunk.complete_to
            if chunk.frames:
                await _send(writer, chunk.frames)
            else:
                await asyncio.sleep(0)


async def _send(writer: AbstractStreamWriter, frames: bytes) -> None:
    async with asyncio.timeout(STALL_SECONDS):
        await writer.write(frames)
        await writer.drain()


def _asked_position(request: web.Request) -> int | None:
    """The position to go on from: None if none was asked, -1 if what was asked is no position."""
    text = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
    if not text:
        return None
    return int(text) if _POSITION.fullmatch(text) else -1


def _at_expiry(directory: Directory, request: web.Request, reader: Reader) -> asyncio.TimerHandle | None:
    """End the stream with the session that it was opened by, if it was, or with the person's last day."""
    session = None if reader.caller.person is None else session_of(request)
    if session is None:
        return None
    ends = session.expires
    until = directory.person_by_id[session.person].until
    if until is not None:
        ends = min(ends, datetime.combine(until + timedelta(days=1), time(), TIMEZONE).timestamp())
    seconds = ends - datetime.now(UTC).timestamp()
    return asyncio.get_running_loop().call_later(max(0.0, seconds), reader.end)


def _bound(transport: asyncio.Transport) -> None:
    """Let a connection hold little, and break when its peer takes nothing for half a minute."""
    transport.set_write_buffer_limits(high=BUFFER_BYTES)
    peer = transport.get_extra_info("socket")
    if peer is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_SECONDS * 1000))
