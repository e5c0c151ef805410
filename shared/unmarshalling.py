"""Reading what was delivered: what strangers wrote into its properties too, and no slower than needed.

AMQP's short texts are UTF-8 by agreement only: RabbitMQ takes and delivers any bytes. pamqp raises on others,
which ends the connection, and the message comes back at the next one, for ever. And it looks up the type of
each part of each frame anew: a sixth of what registering a notice costs.
"""

import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from pamqp import decode
from pamqp.commands import Basic
from pamqp.common import FieldTable, FieldValue

_Reads = Callable[[bytes], tuple[int, FieldValue]]
_METHODS: Final[dict[str, _Reads]] = decode.METHODS
_LENGTH: Final = struct.Struct(">I")
_TAG_AND_BITS: Final = struct.Struct(">QB")
_TEXT: Final = ord("S")
_PROPERTIES: Final[list[tuple[int, str, _Reads]]] = []


def read_any_text() -> None:
    """Have pamqp read every property that the broker delivers; asking twice changes nothing."""
    _METHODS["shortstr"] = _short_string
    _METHODS["table"] = _table
    _METHODS["timestamp"] = _timestamp
    if not _PROPERTIES:
        properties: Any = Basic.Properties
        for name in properties.__slots__:
            kind = getattr(properties, f"_{name}")
            _PROPERTIES.append((properties.flags[name], name, _METHODS[kind]))
        properties.unmarshal = _read_properties
        deliver: Any = Basic.Deliver
        deliver.unmarshal = _read_deliver


def _read_properties(properties: Any, flags: int, data: bytes) -> None:
    """Those that *flags* say are there, in the standard's order."""
    for flag, name, read in _PROPERTIES:
        if flags & flag:
            consumed, value = read(data)
            setattr(properties, name, value)
            data = data[consumed:]


def _read_deliver(deliver: Any, data: bytes) -> None:
    """The arguments of basic.deliver (AMQP 0-9-1, section 1.8.3.9)."""
    at, deliver.consumer_tag = _short_string(data)
    deliver.delivery_tag, bits = _TAG_AND_BITS.unpack_from(data, at)
    deliver.redelivered = bool(bits & 1)
    rest = data[at + _TAG_AND_BITS.size :]
    at, deliver.exchange = _short_string(rest)
    _, deliver.routing_key = _short_string(rest[at:])


def _short_string(value: bytes) -> tuple[int, str]:
    """A text, with U+FFFD for what is not UTF-8."""
    end = value[0] + 1
    return end, value[1:end].decode(errors="replace")


def _timestamp(value: bytes) -> tuple[int, datetime | None]:
    """A date; None for one beyond all years, which RabbitMQ delivers like any other number."""
    try:
        return decode.timestamp(value)
    except (ValueError, OverflowError):
        return 8, None


def _table(value: bytes) -> tuple[int, FieldTable]:
    """The headers; none of them if they cannot be read, or are nested deeper than Python follows."""
    try:
        return _read_table(value)
    except (ValueError, IndexError, OverflowError, RecursionError, struct.error):
        return int.from_bytes(value[:4], "big") + 4, {}


def _read_table(value: bytes) -> tuple[int, FieldTable]:
    found: FieldTable = {}
    (length,) = _LENGTH.unpack_from(value)
    at, end = _LENGTH.size, length + _LENGTH.size
    while at < end:
        begin = at + 1
        at = begin + value[at]
        name = value[begin:at].decode()
        if value[at] == _TEXT:
            (length,) = _LENGTH.unpack_from(value, at + 1)
            begin, at = at + 5, at + 5 + length
            found[name] = _text_or_bytes(value[begin:at])
        else:
            consumed, found[name] = decode.embedded_value(value[at:])
            at += consumed
    return end, found


def _text_or_bytes(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
