"""HTTP/2 at the gateway, HTTP/1.1 behind it: nothing may turn into something else on the way down."""

import asyncio
from contextlib import suppress

import pytest

from tests.support.fortress import ANSWER_SECONDS, Fortress, cut
from tests.support.http2 import (
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    RST_STREAM,
    Field,
    asked,
    block,
    frame,
    frames_until_end,
    opening,
    request,
)

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: malha.test\r\n\r\n"
DOWNGRADED: dict[str, tuple[list[Field], bytes | None]] = {
    "transfer-encoding": (
        request(b"/v1/notices", (b"transfer-encoding", b"chunked"), method=b"POST"),
        b"0\r\n\r\n" + HIDDEN,
    ),
    "a length that is too short": (
        request(b"/v1/notices", (b"content-length", b"0"), method=b"POST"),
        HIDDEN,
    ),
    "a length that is too long": (
        request(b"/v1/notices", (b"content-length", b"1000"), method=b"POST"),
        HIDDEN,
    ),
    "two lengths": (
        request(b"/v1/notices", (b"content-length", b"0"), (b"content-length", b"44"), method=b"POST"),
        HIDDEN,
    ),
    "a line in a value": (request(b"/", (b"x", b"y\r\n\r\n" + HIDDEN)), None),
    "a header in a value": (request(b"/", (b"x", b"y\r\nTransfer-Encoding: chunked")), None),
    "a line in a name": (request(b"/", (b"x: y\r\ntransfer-encoding: chunked\r\nz", b"z")), None),
    "a NUL in a value": (request(b"/", (b"x", b"y\0z")), None),
    "a line in the path": (request(b"/ HTTP/1.1\r\nHost: malha.test\r\n\r\n" + HIDDEN), None),
    "a space in the path": (request(b"/v1/me HTTP/1.1"), None),
    "a line in the method": (request(b"/", method=b"GET / HTTP/1.1\r\nX: y\r\n\r\nGET"), None),
    "a space in the method": (request(b"/", method=b"GET /smuggled"), None),
    "a line in the authority": (request(b"/", host=b"malha.test\r\nX: y"), None),
    "another authority": (request(b"/", host=b"evil.test"), None),
    "another host": (request(b"/", (b"host", b"evil.test")), None),
    "connection": (request(b"/", (b"connection", b"upgrade"), (b"upgrade", b"h2c")), None),
    "a path twice": (request(b"/", (b":path", b"/smuggled")), None),
    "a pseudo header late": (request(b"/", (b"x", b"y"), (b":path", b"/smuggled")), None),
    "capitals": (request(b"/", (b"X-Forwarded-For", b"1.2.3.4")), None),
    "no path": ([(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"malha.test")], None),
    "a path that is none": (request(b"smuggled"), None),
    "another scheme": ([(b":scheme", b"http://evil.test/"), *request(b"/")[:1], *request(b"/")[2:]], None),
    "a tunnel": ([(b":method", b"CONNECT"), (b":authority", b"127.0.0.1:5672")], None),
}


async def exchange(fortress: Fortress, sent: bytes) -> list[tuple[int, int]]:
    """The frames that answer *sent*, to the first that answers its request or ends it."""
    reader, writer = await fortress.connect("h2")
    try:
        writer.write(opening() + sent)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await frames_until_end(reader, {(HEADERS, 1), (RST_STREAM, 1), (GOAWAY, 0)})
    finally:
        cut(writer)


@pytest.mark.parametrize("attack", DOWNGRADED)
async def test_what_http1_could_not_say_is_not_said_to_a_service(fortress: Fortress, attack: str) -> None:
    """Each is refused, or arrives as the one request that it is."""
    fields, body = DOWNGRADED[attack]
    await exchange(fortress, asked(1, fields, body))
    assert await fortress.is_well()  # and what came before it has been seen by now
    assert [path for path in fortress.paths if "smuggled" in path] == []
    assert len(fortress.paths) <= 1
    for seen in fortress.seen:
        assert seen.method in {"GET", "POST"}
        assert seen.headers["host"] == "malha.test"
        assert "upgrade" not in seen.headers
        assert "chunked" not in seen.headers.get("transfer-encoding", "")
        assert "1.2.3.4" not in seen.headers["x-forwarded-for"]


async def test_a_request_like_any_other_arrives(fortress: Fortress) -> None:
    """What is written by hand here is HTTP/2: otherwise the others would prove nothing."""
    frames = await exchange(fortress, asked(1, request(b"/v1/notices", method=b"POST"), b"{}"))
    assert (HEADERS, 1) in frames
    assert [(seen.path, seen.body) for seen in fortress.seen] == [("/v1/notices", b"{}")]


async def test_headers_without_an_end_are_cut(fortress: Fortress) -> None:
    """Continuations for ever would fill the memory of whoever waits for the last one."""
    reader, writer = await fortress.connect("h2")
    writer.write(opening() + frame(HEADERS, END_STREAM, 1, block(request(b"/"))))
    piece = frame(CONTINUATION, 0, 1, block([(b"x", b"y" * 8000)]))
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            ending = asyncio.create_task(frames_until_end(reader))
            with suppress(ConnectionError):
                while not ending.done():
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)  # to read what is answered meanwhile
            await ending
    finally:
        cut(writer)
    assert fortress.paths == []
    assert await fortress.is_well()


async def test_streams_begun_and_dropped_at_once_end_the_line(fortress: Fortress) -> None:
    """Rapid reset: a thousand requests a packet, each dropped before its answer, may not go on for ever."""
    reader, writer = await fortress.connect("h2")
    fields = block(request(b"/v1/members"))
    begun = b"".join(
        frame(HEADERS, END_STREAM | END_HEADERS, stream, fields) + frame(RST_STREAM, 0, stream, b"\0\0\0\x08")
        for stream in range(1, 6001, 2)
    )
    try:
        writer.write(opening() + begun)
        async with asyncio.timeout(ANSWER_SECONDS):
            frames = await frames_until_end(reader)
    finally:
        cut(writer)
    assert GOAWAY in {kind for kind, _ in frames}
    assert await fortress.is_well()
    assert len(fortress.paths) <= 1000
