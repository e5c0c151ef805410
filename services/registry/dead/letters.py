"""One message in registry.dead or registry.parked, as an operator reads it.

A message may have been moved by RabbitMQ's shovel or by its management page, which drop or rewrite headers
and ids. Its body stays: that names it (SHA-256, in hex), and says whose notice it is.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from aiormq.abc import DeliveredMessage

from services.registry.taking.intake import BACKFILL, LIVE
from services.registry.taking.reading import REPLAYED
from shared.frames import Message
from shared.notices.protocol import is_well_formed, protocol_of

Act = Literal["replay", "park", "unpark", "discard"]
DEAD: Final = "registry.dead"
PARKED: Final = "registry.parked"
SOURCE: Final[Mapping[Act, str]] = {"replay": DEAD, "park": DEAD, "unpark": PARKED, "discard": PARKED}
"""Where the messages are that an act is about."""

_RETRY_EXCHANGE: Final = "registry.retry"
_EXCHANGE: Final[Mapping[Act, str]] = {"replay": _RETRY_EXCHANGE, "park": PARKED, "unpark": DEAD}
_IDENTITY: Final = ("member", "source", "id", "protocol")
_STORY: Final = ("reason", "error", "routing_key", "traceparent")
_DIED_AT: Final = "died_at"
"""Header of a copy that operators moved: RabbitMQ's date is that of the move."""
_UNKNOWN: Final = "unknown"
_MOST_KEPT: Final = 2_000
"""Characters of a header: with a stranger's at its greatest length the copy could not be sent."""
_NUMBERS: Final = re.compile(r"\d+")


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message at rest. What it does not tell is None; *attempt* counts the tries that it had.

    *home* is the queue that it came from; *reason*: junk, failed, ended_process, delivery_limit, or unknown.
    """

    id: str
    reason: str
    error: str
    attempt: int
    home: str
    died_at: datetime | None
    protocol: str | None
    member: str | None
    source: str | None
    notice: str | None
    type: str | None
    subject: str | None
    received_at: datetime | None
    trace: str | None
    bytes: int

    @property
    def cause(self) -> tuple[str, str]:
        """What groups it with others: the reason, and the error without its numbers."""
        return self.reason, _NUMBERS.sub("#", self.error)


class _Told(msgspec.Struct, frozen=True):
    """What any notice tells, valid or not; each of it may be missing, or be something else."""

    id: Any = None
    source: Any = None
    member: Any = None
    type: Any = None
    subject: Any = None
    receivedat: Any = None
    backfill: Any = None
    traceparent: Any = None


_read_told = msgspec.json.Decoder(_Told).decode


def id_of(body: bytes) -> str:
    """What names a message."""
    return hashlib.sha256(body).hexdigest()


def letter_of(message: DeliveredMessage) -> Letter:
    """*message*, whatever it is."""
    properties = message.header.properties
    headers = dict(properties.headers or {})
    told = _told(message.body)
    member, source, notice = (
        _text(getattr(told, name)) or _text(headers.get(name)) for name in ("member", "source", "id")
    )
    protocol = _text(headers.get("protocol"))
    if member and source and notice:
        protocol = protocol_of(member, source, notice)
    elif protocol is not None and not is_well_formed(protocol):
        protocol = None
    return Letter(
        id=id_of(message.body),
        reason=_reason(headers),
        error=(_text(headers.get("error")) or "")[:300],
        attempt=_attempt(headers),
        home=_home(headers, told),
        died_at=_instant(headers.get(_DIED_AT)) or dated(message),
        protocol=protocol,
        member=member,
        source=source,
        notice=notice,
        type=_text(told.type) or _text(properties.message_type),
        subject=_text(told.subject),
        received_at=_instant(told.receivedat),
        trace=_text(told.traceparent),
        bytes=len(message.body),
    )


def dated(message: DeliveredMessage) -> datetime | None:
    """When this copy was published; None for one that somebody put there by hand."""
    return _aware(message.header.properties.timestamp)


def readable(body: bytes) -> str:
    """*body* as somebody can read it, whatever it is: nothing in it steers a terminal."""
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body.decode(errors="backslashreplace")
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )


def copy_for(act: Act, message: DeliveredMessage, letter: Letter) -> Message:
    """What is published for *message* where *act* leads it, with fresh headers: RabbitMQ's own stay behind.

    With x-death among them a queue that dead-letters would see a cycle and drop the message.
    """
    told = message.header.properties.headers or {}
    headers: dict[str, Any] = {
        name: value
        for name, value in zip(
            _IDENTITY, (letter.member, letter.source, letter.notice, letter.protocol), strict=True
        )
        if value is not None
    }
    if act == "replay":
        headers |= {"attempt": 1, REPLAYED: True}
        kept: tuple[str, ...] = ("routing_key", "traceparent")
    else:
        headers |= {"attempt": letter.attempt, "queue": letter.home}
        if letter.died_at is not None:
            headers[_DIED_AT] = letter.died_at.isoformat()
        kept = _STORY
    headers |= {name: value[:_MOST_KEPT] for name in kept if isinstance(value := told.get(name), str)}
    properties = message.header.properties
    return Message(
        exchange=_EXCHANGE[act],
        routing_key=letter.home,
        body=message.body,
        headers=headers,
        type=properties.message_type,
        content_type=properties.content_type or "application/cloudevents+json",
    )


def _told(body: bytes) -> _Told:
    try:
        return _read_told(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Told()


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.encode(errors="replace").decode()[:255].replace("\x00", "\ufffd")


def _instant(value: object) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _aware(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _attempt(headers: Mapping[str, Any]) -> int:
    told = headers.get("attempt")
    return told if isinstance(told, int) and told > 0 else 1


def _reason(headers: Mapping[str, Any]) -> str:
    return (_text(headers.get("reason")) or _text(headers.get("x-first-death-reason")) or _UNKNOWN)[:60]


def _home(headers: Mapping[str, Any], told: _Told) -> str:
    for queue in (headers.get("queue"), headers.get("x-first-death-queue")):
        if isinstance(queue, str) and queue in {LIVE, BACKFILL}:
            return queue
    return BACKFILL if told.backfill is True else LIVE
