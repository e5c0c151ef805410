"""How much one place may ask for, and what the gateway says and does not say by itself."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from shared.tls import explained
from tests.support.fortress import ANSWER_SECONDS, NAME, Fortress, cut

ELSEWHERE = "127.0.0.2"
"""Another address than that of this machine's own, which is not counted."""
CONNECTIONS = 512
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Server": "nginx",
}


class Slow:
    """A sender whose body comes byte by byte, each well before the gateway's patience (15 s) is over."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer
        self._left = 1000
        head = f"POST /v1/notices HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {self._left}\r\n\r\n"
        writer.write(head.encode())
        self.drip()

    def drip(self) -> None:
        """One byte more."""
        self._writer.write(b"x")
        self._left -= 1

    def finish(self) -> None:
        """All that is left."""
        self._writer.write(b"x" * self._left)


@asynccontextmanager
async def dripping(lines: Sequence[Slow]) -> AsyncIterator[None]:
    """Every one of *lines*, those to come too, goes on for the block."""

    async def drip() -> None:
        while True:
            await asyncio.sleep(2)
            for line in lines:
                line.drip()

    going_on = asyncio.create_task(drip())
    try:
        yield
    finally:
        going_on.cancel()


async def test_one_place_may_not_hold_every_connection(fortress: Fortress) -> None:
    """Slow senders are held by the hundred, then refused in words; other places notice nothing."""
    whole = f"POST /v1/notices HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    lines: list[Slow] = []
    async with AsyncExitStack() as stack, dripping(lines):
        for _ in range(CONNECTIONS):
            reader, writer = await fortress.connect(source=ELSEWHERE)
            stack.callback(cut, writer)
            lines.append(Slow(reader, writer))
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:  # until all that were begun are counted
                reader, writer = await fortress.connect(source=ELSEWHERE)
                stack.callback(cut, writer)
                writer.write(whole)
                answer = await reader.readuntil(b"}")
                if not answer.startswith(b"HTTP/1.1 200 "):
                    break
        assert answer.startswith(b"HTTP/1.1 429 ")
        assert b"Retry-After: " in answer
        assert b'"code":"too_many_requests"' in answer
        assert await fortress.is_well()
        first = lines.pop(0)
        first.finish()
        async with asyncio.timeout(ANSWER_SECONDS):
            assert (await first.reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/members", 200),
        ("/", 200),
        ("/static/style.css", 200),
        ("/.malformed", 400),
        ("/.misdirected", 400),
    ],
)
async def test_answers_carry_what_keeps_browsers_safe(fortress: Fortress, path: str, status: int) -> None:
    """Whoever made them, a service or the gateway itself; and none tells which nginx it is."""
    answer = await fortress.send(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
    first, _, rest = answer.partition(b"\r\n\r\n")[0].decode().partition("\r\n")
    assert first.startswith(f"HTTP/1.1 {status} ")
    headers = [line.partition(": ")[::2] for line in rest.split("\r\n")]
    for name, value in SECURITY_HEADERS.items():
        assert [given for header, given in headers if header == name] == [value]
    assert "frame-ancestors 'none'" in dict(headers)["Content-Security-Policy"]


async def test_what_is_too_large_is_told_before_it_was_sent(fortress: Fortress) -> None:
    """By its length, or once it is too much; headers too, and none of it comes to a service."""
    large = b"POST /v1/notices HTTP/1.1\r\nHost: malha.test\r\nContent-Length: 104857600\r\n\r\n"
    assert b"HTTP/1.1 413 " in await fortress.send(large)
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    head = b"POST /v1/notices HTTP/1.1\r\nHost: malha.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b"HTTP/1.1 413 " in await fortress.send(head, *([chunk] * 6))
    many = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1000) for number in range(100))
    assert b"HTTP/1.1 400 " in await fortress.send(b"GET / HTTP/1.1\r\nHost: malha.test\r\n" + many + b"\r\n")
    assert fortress.paths == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_tls_is_not_spoken(fortress: Fortress, version: ssl.TLSVersion) -> None:
    """What was broken long ago protects nobody."""
    old = ssl.create_default_context(cafile=fortress.authority.file)
    old.minimum_version = old.maximum_version = version
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionResetError)) as caught:
        await asyncio.open_connection("127.0.0.1", fortress.port, ssl=old, server_hostname=NAME)
    assert "certificate" not in (explained(caught.value) or "")
