"""A reader who is gone harms nobody, at whatever moment."""

import asyncio
import socket

import uvloop

from services.notifier.feed import Audience, Ring
from services.notifier.readers import Reader, Readers
from shared.accounts import NOBODY
from shared.notices.feed import ANONYMOUS, Filter
from tests.support.feed import item_at

AUDIENCE = Audience(ANONYMOUS, Filter())


async def _told() -> bytes:
    """What one reader is told, where the line of another one closes just before."""
    ring = Ring(10)
    readers = Readers(ring)
    loop = asyncio.get_running_loop()
    ends = [socket.socketpair() for _ in range(2)]
    lines = [(await loop.create_connection(asyncio.Protocol, sock=ours))[0] for ours, _ in ends]
    following = [
        asyncio.create_task(readers.follow(Reader(line, AUDIENCE, NOBODY, is_chunked=False)))
        for line in lines
    ]
    await asyncio.sleep(0)
    lines[0].abort()
    await asyncio.sleep(0)  # it is closed by now; who answers the request was not told yet
    ring.add(item_at(1))
    await readers.tell()
    readers.beat()
    await following[0]
    assert not following[1].done()
    ends[1][1].setblocking(False)
    told = await loop.sock_recv(ends[1][1], 65536)
    readers.end_all()
    following[1].cancel()
    lines[1].abort()
    for _, theirs in ends:
        theirs.close()
    await asyncio.sleep(0)
    return told


def test_a_line_that_was_closed_just_now_does_not_end_the_telling() -> None:
    """A write to it raises in uvloop, and would end whoever fills the ring, and the process with it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(_told()).count(b"event: notice") == 1
