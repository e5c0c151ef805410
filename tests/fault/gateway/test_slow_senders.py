"""Senders who take all the time in the world: the gateway's time runs out first, and nobody else waits."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.authority import Authority
from tests.support.fortress import NAME, SERVICES, Fortress, cut

DRIP_SECONDS = 0.5
CUT_SECONDS = 60
"""Four times what the gateway grants: a line that is never cut is what this is about, not a second more."""
LINES = 200

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def drip(line: Line, beginning: bytes, drop: bytes) -> bytes:
    """Send *beginning*, then *drop* after *drop*, until the other side ends it; what it said."""
    reader, writer = line
    ended = asyncio.create_task(reader.read())
    try:
        with suppress(ConnectionError):
            writer.write(beginning)
            while not ended.done():
                await asyncio.wait({ended}, timeout=DRIP_SECONDS)
                if drop:
                    writer.write(drop)
                    await writer.drain()
        with suppress(ConnectionError):
            return await ended
        return b""
    finally:
        cut(writer)


async def headers(fortress: Fortress) -> bytes:
    """One header after the other, for ever."""
    return await drip(await fortress.connect(), f"GET / HTTP/1.1\r\nHost: {NAME}\r\n".encode(), b"X: y\r\n")


async def body(fortress: Fortress) -> bytes:
    """Half a body, and no more of it."""
    begun = f"POST /v1/notices HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9\r\n\r\n{{"
    return await drip(await fortress.connect(), begun.encode(), b"")


async def document(fortress: Fortress) -> bytes:
    """A document of which each half second brings a byte: it goes through as it comes."""
    begun = f"PUT /v1/documents/x HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 20000000\r\n\r\n"
    return await drip(await fortress.connect(), begun.encode(), b"x")


async def handshake(fortress: Fortress) -> bytes:
    """TLS that is begun and left there."""
    line = await asyncio.open_connection("127.0.0.1", fortress.port)
    return await drip(line, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"")


async def silence(fortress: Fortress) -> bytes:
    """A line, and not a word."""
    return await drip(await fortress.connect(), b"", b"")


@pytest.mark.parametrize("kind", [headers, body, document, handshake, silence])
async def test_a_sender_without_an_end_is_cut(
    tmp_path: Path, kind: Callable[[Fortress], Coroutine[None, None, bytes]]
) -> None:
    """Two hundred at a time, by the clock of the gateway; meanwhile everybody else is served as ever."""
    authority = Authority(tmp_path / "authority")
    fortress = Fortress(tmp_path, authority)
    async with fortress.standing({name: authority.issue(name) for name in SERVICES}):
        slow = [asyncio.create_task(kind(fortress)) for _ in range(LINES)]
        try:
            async with asyncio.timeout(CUT_SECONDS):
                assert await fortress.is_well()
                first, _ = await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
                assert first
                assert await fortress.is_well()
                said = await asyncio.gather(*slow)
        finally:
            for line in slow:
                line.cancel()
            await asyncio.wait(slow)
        assert {answer[9:12] for answer in said} <= {b"", b"400", b"408"}
        assert await fortress.is_well()
