"""HTTP/2 by hand (RFC 9113): frames as an attacker writes them, which no library would send."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Container, Iterable
from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY, CONTINUATION = 0x0, 0x1, 0x3, 0x4, 0x7, 0x9
END_STREAM, END_HEADERS = 0x1, 0x4

Field = tuple[bytes, bytes]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def block(fields: Iterable[Field]) -> bytes:
    """*fields* in HPACK, each as a literal that is never indexed (RFC 7541, section 6.2.3)."""
    return b"".join(b"\x10" + _text(name) + _text(value) for name, value in fields)


def request(path: bytes, *more: Field, method: bytes = b"GET", host: bytes = b"malha.test") -> list[Field]:
    """The fields of a request like any other, and *more*."""
    return [(b":method", method), (b":scheme", b"https"), (b":authority", host), (b":path", path), *more]


def opening() -> bytes:
    """What a client begins with."""
    return PREFACE + frame(SETTINGS, 0, 0)


def asked(stream: int, fields: Iterable[Field], body: bytes | None = None) -> bytes:
    """A request on *stream*."""
    if body is None:
        return frame(HEADERS, END_HEADERS | END_STREAM, stream, block(fields))
    return frame(HEADERS, END_HEADERS, stream, block(fields)) + frame(DATA, END_STREAM, stream, body)


async def frames_until_end(
    reader: asyncio.StreamReader, last: Container[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Kind and stream of each frame that comes, until one of *last*, or the line ends."""
    found = []
    try:
        while True:
            head = await reader.readexactly(9)
            await reader.readexactly(int.from_bytes(head[:3]))
            found.append((head[3], int.from_bytes(head[5:]) & 0x7FFFFFFF))
            if found[-1] in last:
                return found
    except (asyncio.IncompleteReadError, ConnectionError):
        return found


def _text(value: bytes) -> bytes:
    return _number(len(value)) + value


def _number(value: int) -> bytes:
    """An integer with a prefix of seven bits (RFC 7541, section 5.1)."""
    limit = 127
    if value < limit:
        return bytes((value,))
    value -= limit
    octets = bytearray((limit,))
    while value >= 128:
        octets.append(value % 128 + 128)
        value //= 128
    return bytes((*octets, value))
