"""One request after another on a raw line: bytes out, and what came back; nothing tidies them up."""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple


class Hostile(NamedTuple):
    """A request, without its host and who asks."""

    method: str
    target: str
    headers: tuple[tuple[str, bytes], ...] = ()
    body: bytes = b""
    asker: str = "anonymous"

    def __str__(self) -> str:
        said = " ".join(f"{name}: {value[:80]!r}" for name, value in self.headers)
        return f"{self.method} {self.target[:200]} {said} {self.body[:120]!r} as {self.asker}"


class Answer(NamedTuple):
    """What came back."""

    status: int
    head: str
    body: bytes


class Line:
    """One connection to the gateway after another, a request at a time: nothing tidies up what is sent."""

    def __init__(self, port: int, proofs: dict[str, bytes], seconds: float) -> None:
        self._port = port
        self._proofs = proofs
        self._seconds = seconds
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: Hostile) -> Answer:
        """The answer; TimeoutError when it does not come in time, ConnectionError when the line is closed.

        A line that is open still may be closed by then (RFC 9112, section 9.5): then a new one is asked.
        """
        if self._line is not None:
            try:
                return await self._ask(request, *self._line)
            except ConnectionError:
                self._line = None
        return await self._ask(
            request, *await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        )

    async def _ask(
        self, request: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Answer:
        self._line = None
        goes_on = False
        try:
            async with asyncio.timeout(self._seconds):
                writer.write(self._written(request))
                answer, goes_on = await _answer(reader, request.method)
        finally:
            if goes_on:
                self._line = (reader, writer)
            else:
                writer.transport.abort()
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line[1].transport.abort()

    def _written(self, request: Hostile) -> bytes:
        target = request.target.encode()
        lines = [
            f"{request.method} ".encode() + target + b" HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}".encode(),
        ]
        named = {name.lower() for name, _ in request.headers}
        proof = self._proofs[request.asker]
        if proof and not named & {"authorization", "cookie", "sec-fetch-site"}:
            lines.append(proof)
        lines += [name.encode() + b": " + value for name, value in request.headers]
        if request.body or request.method in {"POST", "PUT"}:
            lines.append(b"Content-Length: %d" % len(request.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + request.body


async def _answer(reader: asyncio.StreamReader, method: str) -> tuple[Answer, bool]:
    """The answer, and whether another may follow on its line."""
    status = 100
    while status < 200 and status != 101:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        except asyncio.IncompleteReadError as ended:
            raise ConnectionError(f"closed after {ended.partial[:200]!r}") from None
        status = int(head.split(" ", 2)[1][:3])
    closes = "\r\nconnection: close" in head or status == 101
    if "\r\ncontent-type: text/event-stream" in head:
        return Answer(status, head, b""), False
    if method == "HEAD" or status in {204, 304}:
        return Answer(status, head, b""), not closes
    if "\r\ntransfer-encoding: chunked" in head:
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    elif (length := re.search(r"\r\ncontent-length: (\d+)", head)) is not None:
        body = await reader.readexactly(int(length[1]))
    else:
        return Answer(status, head, await reader.read()), False
    return Answer(status, head, body), not closes
