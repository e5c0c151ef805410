"""The door of the house: HTTP requests into notices, in all four modes of CloudEvents.

Two steps, so that who may speak is asked between them: ``read_envelopes`` gives what can be read of
whose events came, ``decode`` makes valid notices of them. Nothing but InvalidEvents leaves this module.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from shared.notices.attributes import read_attributes
from shared.notices.collector import collect
from shared.notices.dates import day_of, hooks_on
from shared.notices.envelope import BATCH_TYPE, JSON_TYPE, STRUCTURED_TYPE, Notice, NoticeKey
from shared.notices.families import FACTS, Fact
from shared.notices.faults import fault
from shared.notices.findings import MOST_FINDINGS, FieldError, InvalidEvents, pointer_to
from shared.notices.jsontypes import name_of_types, name_of_value
from shared.notices.reading import read_json, split_batch
from shared.notices.texts import faults_of

MOST_EVENTS = 1_000
"""How many events a batch may hold."""

LARGEST_EVENT = 256 * 1024
"""In bytes. A larger one is not read at all; its ``size`` tells."""

_HEADER_PREFIX = "ce-"
_SAYS_BINARY = frozenset({"ce-specversion", "ce-type", "ce-source", "ce-id"})
_NOT_A_HEADER = frozenset({"data", "data_base64", "datacontenttype"})
_QUOTED_PAIR = re.compile(r"\\(.)")
_decode_batch = msgspec.json.Decoder(list[msgspec.Raw]).decode


class RawEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it came: *event* is its attributes and data, None if it is no object at all.

    *index* is its place in a batch, None if it came alone; *size* is in bytes; *faults* were met while
    reading it.
    """

    event: dict[str, Any] | None
    index: int | None
    size: int
    faults: list[FieldError]

    def _text(self, name: str) -> str | None:
        value = None if self.event is None else self.event.get(name)
        return value if isinstance(value, str) else None

    @property
    def member(self) -> str | None:
        """Whose it says it is; None if that cannot be read."""
        return self._text("member")

    @property
    def source(self) -> str | None:
        """Its source; None if that cannot be read."""
        return self._text("source")

    @property
    def id(self) -> str | None:
        """Its id; None if that cannot be read."""
        return self._text("id")

    @property
    def type(self) -> str | None:
        """Its type; None if that cannot be read."""
        return self._text("type")


def decode_events(body: bytes, headers: Mapping[str, str], content_type: str, now: datetime) -> list[Notice]:
    """The valid notices of one request, in the order sent; InvalidEvents if any of them is not."""
    return decode(read_envelopes(body, headers, content_type), now)


def read_envelopes(body: bytes, headers: Mapping[str, str], content_type: str) -> list[RawEvent]:
    """The events of one request, unchecked. InvalidEvents: 400 no JSON, 415 media type, 422 no batch."""
    return list(envelopes(body, headers, content_type))


def envelopes(body: bytes, headers: Mapping[str, str], content_type: str) -> Iterator[RawEvent]:
    """The same, each read when it is asked for. Use none before all are: InvalidEvents may end them."""
    media_type = _media_type(content_type)
    is_json = media_type == JSON_TYPE
    if media_type == BATCH_TYPE:
        yield from _read_batch(body)
    elif media_type == STRUCTURED_TYPE:
        yield _read_event(body, None)
    elif (is_json or media_type.endswith("+json")) and any(name.lower() in _SAYS_BINARY for name in headers):
        yield _read_binary(body, headers)
    elif is_json:
        yield _read_event(body, None)
    else:
        raise _unsupported()


def decode(events: Sequence[RawEvent], now: datetime) -> list[Notice]:
    """The notices that *events* are, told at *now*; InvalidEvents (422) with every fault of all of them."""
    return list(notices_in(events, now))


def notices_in(events: Sequence[RawEvent], now: datetime) -> Iterator[Notice]:
    """The same, each made when it is asked for. Use none before all are: InvalidEvents may end them."""
    today = day_of(now)
    dec_hook = hooks_on(today)
    notices: list[Notice] = []
    faults: list[FieldError] = []
    for raw in events:
        notice = _decode_one(raw, now, today, dec_hook, faults)
        if notice is not None:
            notices.append(notice)
            yield notice
        elif len(faults) >= MOST_FINDINGS:
            break
    if not faults and len(notices) > 1:
        faults.extend(_told_twice(notices))
    if faults:
        raise InvalidEvents(422, faults)


def _decode_one(
    raw: RawEvent, now: datetime, today: date, dec_hook: Any, faults: list[FieldError]
) -> Notice | None:
    """The notice that *raw* is; None after its faults were added to *faults*."""
    if raw.event is None:
        faults.extend(raw.faults)
        return None
    fact = None if raw.type is None else FACTS.get(raw.type)
    attributes, found = read_attributes(raw.event, fact, now, raw.index)
    found += _data_faults(raw.event, fact, today, dec_hook, raw.index)
    if attributes is None or raw.faults or found:
        known = {each.pointer for each in raw.faults}
        faults.extend([*raw.faults, *(each for each in found if each.pointer not in known)])
        return None
    return Notice(
        member=attributes.member,
        source=attributes.source,
        id=attributes.id,
        type=attributes.type,
        subject=attributes.subject,
        time=attributes.time,
        backfill=attributes.backfill,
        data=raw.event["data"],
    )


def _data_faults(
    event: Mapping[str, Any], fact: Fact | None, today: date, dec_hook: Any, index: int | None
) -> list[FieldError]:
    """What is wrong with the data: the fast decoder decides, and the collector says why it refused."""
    data = event.get("data")
    if data is None:
        return [] if event.get("data_base64") is not None else [fault(("data",), "required", index=index)]
    if not isinstance(data, dict):
        expected, found = name_of_types("object"), name_of_value(data)
        return [fault(("data",), "invalid_type", index=index, expected=expected, found=found)]
    if fact is None:
        return []
    try:
        payload = msgspec.convert(data, fact.payload, dec_hook=dec_hook)
    except (msgspec.ValidationError, UnicodeError, OverflowError, RecursionError):
        return collect(fact.type, data, today, index) or [fault(("data",), "invalid_data", index=index)]
    return [
        FieldError(pointer="/data" + each.pointer, code=each.code, detail=each.detail, index=index)
        for each in payload.faults()
    ]


def _told_twice(notices: Sequence[Notice]) -> Iterator[FieldError]:
    """Events of a batch whose identity is that of an earlier one, and whose content is not."""
    first: dict[NoticeKey, int] = {}
    for index, notice in enumerate(notices):
        earlier = first.setdefault(notice.key, index)
        if earlier != index and notices[earlier].content() != notice.content():
            yield fault(("id",), "identity_repeated", index=index, other=earlier)


def _media_type(content_type: str) -> str:
    """The media type without parameters, in lower case; InvalidEvents (415) if the charset is not UTF-8."""
    media_type, *parameters = content_type.lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in {"utf-8", "utf8", "us-ascii"}:
            raise _unsupported()
    return media_type.strip()


def _unsupported() -> InvalidEvents:
    return InvalidEvents(415, [fault((), "unsupported_media_type")])


def _raw(value: Any, index: int | None, size: int, faults: list[FieldError]) -> RawEvent:
    if isinstance(value, dict):
        return RawEvent(event=value, index=index, size=size, faults=faults)
    return RawEvent(event=None, index=index, size=size, faults=[fault((), "not_an_event", index=index)])


def _read_event(body: bytes, index: int | None) -> RawEvent:
    if len(body) > LARGEST_EVENT:
        too_large = fault((), "event_too_large", index=index, most=LARGEST_EVENT // 1024)
        return RawEvent(event=None, index=index, size=len(body), faults=[too_large])
    value, faults = read_json(body, index)
    return _raw(value, index, len(body), faults)


def _read_batch(body: bytes) -> Iterator[RawEvent]:
    try:
        parts = [bytes(part) for part in _decode_batch(body)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        parts = split_batch(body, MOST_EVENTS + 1)
    if not parts:
        raise InvalidEvents(422, [fault((), "empty_batch")])
    if len(parts) > MOST_EVENTS:
        raise InvalidEvents(422, [fault((), "too_many_events", most=MOST_EVENTS)])
    unreadable: list[FieldError] = []
    for index, part in enumerate(parts):
        try:
            yield _read_event(part, index)
        except InvalidEvents as invalid:
            unreadable.extend(invalid.errors)
            if len(unreadable) >= MOST_FINDINGS:
                break
    if unreadable:
        raise InvalidEvents(400, unreadable)


def _read_binary(body: bytes, headers: Mapping[str, str]) -> RawEvent:
    """An event whose attributes are headers and whose data is the body (HTTP binding, section 3.1)."""
    event: dict[str, Any] = {}
    faults: list[FieldError] = []
    size = len(body)
    for header, value in headers.items():
        name = header.lower().removeprefix(_HEADER_PREFIX)
        if name == header.lower() or name in _NOT_A_HEADER:
            continue
        size += len(header) + len(value)
        if name in event:
            raise InvalidEvents(400, [fault((name,), "repeated_name")])
        try:
            event[name] = _header_text(value)
        except UnicodeError:
            faults.append(fault((name,), "invalid_percent_encoding"))
            continue
        faults += [fault((name,), code) for code in faults_of(event[name])]
    if body:
        event["data"], found = read_json(body)
        faults += [
            msgspec.structs.replace(each, pointer=pointer_to(["data"]) + each.pointer) for each in found
        ]
    return RawEvent(event=event, index=None, size=size, faults=faults)


def _header_text(value: str) -> str:
    """A header's value as the attribute that it carries: unquoted, percent-decoded once, UTF-8."""
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = _unescaped(text[1:-1])
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode()


def _unescaped(text: str) -> str:
    """The inside of a quoted string (RFC 9110, section 5.6.4) without its backslashes."""
    return _QUOTED_PAIR.sub(r"\1", text)
