"""The mail server, as a setting names it: `smtp://`, `smtp+starttls://` or `smtps://`."""

from email.message import EmailMessage
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from aiosmtplib import SMTP

_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
ANSWER_SECONDS: Final = 10.0
"""How long one answer of the server is waited for."""
GOODBYE_SECONDS: Final = 2.0

PERMANENT: Final = 500


class Undelivered(Exception):  # noqa: N818 - what it is
    """A letter was not accepted. *code* is a word or the server's number, never its text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(Undelivered):
    """The server will never take this letter."""


class Postponed(Undelivered):
    """It may take this letter later."""


class Unreachable(Undelivered):
    """The server takes no letter now: it is away, busy, or does not take us for who we are."""


class Server(NamedTuple):
    """Where mail is handed in."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> "Server":
        """The server that *url* names. Raises ValueError."""
        parts = urlsplit(url)
        user, password = parts.username, parts.password
        return cls(
            parts.scheme,
            parts.hostname or "",
            parts.port or _PORTS[parts.scheme],
            None if user is None else unquote(user),
            None if password is None else unquote(password),
        )


class Line:
    """A connection to the server, for one letter after another; a context manager."""

    def __init__(self, server: Server, sender: str) -> None:
        """*sender* is the address that what cannot be delivered comes back to."""
        self._server = server
        self._sender = sender
        self._smtp: SMTP | None = None

    async def open(self) -> None:
        """Connect. Raises Unreachable."""
        import aiosmtplib  # noqa: PLC0415 (5 MB that a registry without mail never needs)

        smtp = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user,
            password=self._server.password,
            use_tls=self._server.scheme == "smtps",
            start_tls=self._server.scheme == "smtp+starttls",
            timeout=ANSWER_SECONDS,
            local_hostname="localhost",
        )
        try:
            await smtp.connect()
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            smtp.close()
            raise Unreachable(_code(error)) from error
        self._smtp = smtp

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand in *message*; it returns once the server has accepted it.

        Raises Refused, Postponed or Unreachable. After the last two the letter may have been accepted
        nevertheless: it was on its way when the line broke.
        """
        import aiosmtplib  # noqa: PLC0415 (as above)

        if self._smtp is None:
            raise Unreachable("not_connected")
        try:
            await self._smtp.send_message(message, sender=self._sender, recipients=[recipient])
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _judged(error.recipients[0].code) from error
        except aiosmtplib.SMTPSenderRefused as error:  # a fault of ours: every letter would meet it
            raise Unreachable(f"sender_{error.code}") from error
        except aiosmtplib.SMTPResponseException as error:
            raise _judged(error.code) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise Unreachable(_code(error)) from error

    async def close(self) -> None:
        """Say goodbye, or just go."""
        import aiosmtplib  # noqa: PLC0415 (as above)

        if self._smtp is None:
            return
        smtp, self._smtp = self._smtp, None
        try:
            await smtp.quit(timeout=GOODBYE_SECONDS)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            smtp.close()


def _judged(code: int) -> Undelivered:
    if code == 421:  # noqa: PLR2004 - "closing" (RFC 5321, section 3.8)
        return Unreachable(str(code))
    return Refused(str(code)) if code >= PERMANENT else Postponed(str(code))


def _code(error: BaseException) -> str:
    code = getattr(error, "code", None)
    return str(code) if isinstance(code, int) and code > 0 else type(error).__name__
