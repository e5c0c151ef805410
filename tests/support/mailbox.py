"""A real SMTP server that keeps what it accepts, and may be told to refuse, to fall silent or to go away."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.listening import held_port

_WAIT_SECONDS: Final = 60.0
_OVER_SECONDS: Final = 1.0


class ServerLine(SMTP):
    """The server's end of a connection, which knows when it is over."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, hostname="mail.invalid", loop=asyncio.get_running_loop(), **settings)
        self.over = asyncio.Event()

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""
        super().connection_lost(error)
        self.over.set()


class Mailbox:
    """What was accepted, in order. *url* is what MALHA_SMTP_URL takes."""

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.recipient_answers: list[str] = []
        """What the next RCPT commands are answered with, in order, instead of being accepted."""
        self.cut_after_data = False
        """Accept what comes, and cut the line before the answer to it."""
        self.port = 0
        self.listening_context: ssl.SSLContext | None = None
        """TLS from the start; None: in clear."""
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._place: socket.socket | None = None
        self._lines: set[ServerLine] = set()

    @property
    def url(self) -> str:
        """Its address."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take everybody, unless told otherwise."""
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the same
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep it."""
        content = envelope.content
        assert isinstance(content, bytes)
        told = message_from_bytes(content, policy=policy.default)
        assert isinstance(told, EmailMessage)
        async with self._news:
            self.accepted.append(told)
            self.recipients += envelope.rcpt_tos
            self._news.notify_all()
        if self.cut_after_data:
            _cut(server)
        return "250 accepted"

    async def holds(self, letters: int) -> list[EmailMessage]:
        """What was accepted, once it is so many *letters*."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS), self._news:
                await self._news.wait_for(lambda: len(self.accepted) >= letters)
        except TimeoutError:
            raise AssertionError(f"{len(self.accepted)} of {letters} letters came") from None
        return self.accepted

    async def open(self) -> None:
        """Listen, on the same port as before."""
        if self._place is None:
            self._place = held_port()  # nobody else gets it while the mailbox is away
            self.port = self._place.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._begin_line, "127.0.0.1", self.port, ssl=self.listening_context
        )

    async def close(self) -> None:
        """Go away, and cut every line."""
        if self._server is not None:
            self._server.close()
            for line in self._lines:
                _cut(line)
            for line in self._lines:
                if line.transport is not None:  # None: it never came to be, or is over
                    with suppress(TimeoutError):  # inside TLS it does not always say so
                        async with asyncio.timeout(_OVER_SECONDS):
                            await line.over.wait()
            self._lines.clear()
            await self._server.wait_closed()
            self._server = None

    async def leave(self) -> None:
        """Go away for good."""
        await self.close()
        if self._place is not None:
            self._place.close()

    def line(self) -> ServerLine:
        """The server's end of the next connection."""
        return ServerLine(self)

    def _begin_line(self) -> ServerLine:
        line = self.line()
        self._lines.add(line)
        return line


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A listening mailbox."""
    found = Mailbox()
    await found.open()
    try:
        yield found
    finally:
        await found.leave()


def text_of(told: EmailMessage) -> str:
    """What a reader of plain text reads."""
    return _part(told, "plain")


def html_of(told: EmailMessage) -> str:
    """What a reader of HTML gets."""
    return _part(told, "html")


def links_in(told: EmailMessage) -> list[str]:
    """The addresses in the plain text."""
    return re.findall(r"https?://\S+", text_of(told))


def _cut(line: SMTP) -> None:
    transport = cast("asyncio.WriteTransport | None", line.transport)
    if transport is not None and not transport.is_closing():  # a closed one inside TLS has no end to cut
        transport.abort()


def _part(told: EmailMessage, kind: str) -> str:
    part: Any = told.get_body((kind,))
    assert part is not None
    return str(part.get_content())
