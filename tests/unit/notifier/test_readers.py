"""Readers join, lag, are caught up and come back, and no byte of the feed is lost or told twice."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier import readers as readers_module
from services.notifier.feed import Audience, Ring
from services.notifier.readers import BUFFER_BYTES, Reader, Readers
from shared.accounts import NOBODY, Caller
from shared.notices.feed import ANONYMOUS, EVERYTHING, FeedItem, Filter
from tests.support.feed import events_in, item_at

AUDIENCES = [
    Audience(ANONYMOUS, Filter()),
    Audience(EVERYTHING, Filter(backfill=True)),
    Audience(EVERYTHING, Filter(country=frozenset({"CN"}))),
]


class Pipe:
    """A transport that remembers, and that is as full as the test wants it."""

    def __init__(self) -> None:
        self.written = b""
        self.buffered = 0
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        """Take everything."""
        self.written += data

    def is_closing(self) -> bool:
        """Once it was aborted."""
        return self.is_aborted

    def get_write_buffer_size(self) -> int:
        """As the test says."""
        return self.buffered

    def abort(self) -> None:
        """Remember that it came to this."""
        self.is_aborted = True


def reader_on(pipe: Pipe, audience: Audience, position: int = 0, caller: Caller = NOBODY) -> Reader:
    """A reader that writes to *pipe* and is complete to *position*."""
    reader = Reader(cast("asyncio.WriteTransport", pipe), audience, caller, is_chunked=False)
    reader.last_id = reader.complete_to = position
    return reader


async def serve(ring: Ring, readers: Readers, reader: Reader, pipe: Pipe) -> None:
    """What sse.py does with a reader, without HTTP: catch up in small chunks, follow, and again."""
    while not reader.is_ended:
        while reader.complete_to < ring.head:
            chunk = ring.chunk(reader.audience, reader.last_id, reader.complete_to, items=3, size=1)
            reader.last_id, reader.complete_to = chunk.last_id, chunk.complete_to
            pipe.write(chunk.frames)
            await asyncio.sleep(0)
        await readers.follow(reader)


@settings(max_examples=80)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("item"), st.integers(0, 7)),
            st.tuples(st.just("join"), st.integers(0, 2)),
            st.tuples(st.just("full"), st.integers(0, 5)),
            st.tuples(st.just("drained"), st.integers(0, 5)),
            st.tuples(st.just("beat"), st.just(0)),
            st.tuples(st.just("turn"), st.just(0)),
        ),
        max_size=60,
    )
)
def test_each_reader_gets_each_of_its_items_once_in_order(steps: list[tuple[str, int]]) -> None:
    """However items, joins, full buffers and heartbeats interleave."""
    asyncio.run(play(steps))


class Served(NamedTuple):
    """An open stream of the test."""

    audience: Audience
    pipe: Pipe
    began: int
    task: asyncio.Task[None]


async def play(steps: list[tuple[str, int]]) -> None:
    """Take *steps*, let everything settle, and look at what each reader got."""
    ring = Ring(1000)
    readers = Readers(ring)
    served: list[Served] = []
    for step, n in steps:
        match step:
            case "item":
                ring.add(item_of_kind(ring.head + 1, n))
                readers.flush()
            case "join":
                served.append(join(ring, readers, AUDIENCES[n]))
            case "beat":
                readers.beat()
            case "turn":
                await asyncio.sleep(0)
            case _ if n < len(served):
                served[n].pipe.buffered = BUFFER_BYTES + 1 if step == "full" else 0
    for stream in served:
        stream.pipe.buffered = 0
    for _ in range(3 * len(steps) + 5):
        await asyncio.sleep(0)
    readers.end_all()
    await asyncio.gather(*(stream.task for stream in served))
    for stream in served:
        check(ring, stream.audience, stream.pipe, stream.began)


def item_of_kind(position: int, kind: int) -> FeedItem:
    """One of eight kinds of items: two countries, two visibilities, news or history."""
    return item_at(
        position,
        countries=("CN",) if kind & 1 else ("PT",),
        visibility="network" if kind & 2 else "public",
        backfill=bool(kind & 4),
    )


def join(ring: Ring, readers: Readers, audience: Audience) -> Served:
    """Open a stream that resumes from two positions ago."""
    pipe = Pipe()
    began = max(0, ring.head - 2)
    reader = reader_on(pipe, audience, began)
    readers.admit(reader)
    return Served(audience, pipe, began, asyncio.create_task(serve(ring, readers, reader, pipe)))


def check(ring: Ring, audience: Audience, pipe: Pipe, began: int) -> None:
    """Compare with the whole ring, read at one stroke."""
    last = began
    notices = []
    for event in events_in(pipe.written):
        if event.name == "notice":
            assert event.id == last + 1, "a jump without a cursor"
            notices.append(event.id)
        assert event.id >= last
        last = event.id
    everything = ring.chunk(audience, began, began, items=10**6, size=10**9)
    assert notices == [event.id for event in events_in(everything.frames) if event.name == "notice"]


async def test_a_stuck_reader_is_dropped_at_the_second_heartbeat() -> None:
    """Heartbeats alone never fill a buffer: it is no progress at all that tells."""
    ring, pipe, other = Ring(10), Pipe(), Pipe()
    readers = Readers(ring)
    tasks = [asyncio.create_task(readers.follow(reader_on(each, AUDIENCES[0]))) for each in (pipe, other)]
    await asyncio.sleep(0)
    pipe.buffered = 500
    readers.beat()
    pipe.buffered += len(pipe.written)
    other.buffered = 20
    readers.beat()
    assert (pipe.is_aborted, other.is_aborted) == (True, False)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_revoked_key_ends_its_own_streams_only() -> None:
    """A key that is dead is dead at once, and nobody else notices."""
    readers = Readers(Ring(10))
    revoked = reader_on(Pipe(), AUDIENCES[0], caller=Caller("member", "3106200", "aaaa"))
    kept = reader_on(Pipe(), AUDIENCES[0], caller=Caller("member", "3106200", "bbbb"))
    for reader in (revoked, kept):
        readers.admit(reader)
    ending = asyncio.create_task(readers.follow(revoked))
    staying = asyncio.create_task(readers.follow(kept))
    await asyncio.sleep(0)
    readers.end_if(lambda caller: caller.key == "aaaa")
    await ending
    assert revoked.is_ended
    assert not staying.done()
    readers.end_all()
    await staying


async def test_the_ring_does_not_run_away_from_those_who_follow() -> None:
    """Whoever fills it waits until all are told: more comes at once than one chunk, or the ring, holds."""
    ring = Ring(300)
    readers = Readers(ring)
    pipe = Pipe()
    following = asyncio.create_task(readers.follow(reader_on(pipe, AUDIENCES[0])))
    await asyncio.sleep(0)
    for first in range(1, 2001, 250):
        for position in range(first, first + 250):
            ring.add(item_at(position))
        await readers.tell()
    assert [event.id for event in events_in(pipe.written)] == list(range(1, 2001))
    readers.end_all()
    following.cancel()


async def test_a_long_piece_is_sent_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A burst must neither fill every buffer at one stroke nor keep all others waiting."""
    monkeypatch.setattr(readers_module, "CHUNK_ITEMS", 2)
    ring, pipe = Ring(100), Pipe()
    readers = Readers(ring)
    reader = reader_on(pipe, AUDIENCES[0])
    readers.admit(reader)
    task = asyncio.create_task(readers.follow(reader))
    await asyncio.sleep(0)
    for position in range(1, 8):
        ring.add(item_at(position))
    readers.flush()
    assert len(events_in(pipe.written)) == 2
    for _ in range(5):
        await asyncio.sleep(0)
    assert [event.id for event in events_in(pipe.written)] == [1, 2, 3, 4, 5, 6, 7]
    readers.end_all()
    await task
