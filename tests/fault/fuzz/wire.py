"""Messages as RabbitMQ delivers them: every property, every kind of header, any bytes."""

import struct

from aiormq.abc import DeliveredMessage
from hypothesis import strategies as st
from pamqp import commands
from pamqp.header import ContentHeader

FRAME_BYTES = 131_072
"""RabbitMQ's frame_max: a larger header never comes, and one that we send ends the connection."""
_MOST_TABLE_BYTES = FRAME_BYTES - 9 * 256 - 64
_NAMES = st.sampled_from(
    ["member", "source", "id", "protocol", "traceparent", "routing_key", "attempt", "queue", "reason",
     "error", "replayed", "canary", "position", "after", "died_at", "x-death", "x-first-death-queue",
     "x-first-death-reason", "x-stream-offset"]
).map(str.encode)  # fmt: skip
_LIKELY = st.sampled_from(
    [b"3106200", b"MG-7FJRXBPMCRCB7", b"registry.live", b"registry.backfill", b"live.31.agreement.signed",
     b"2026-11-21T15:00:00Z", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01", b"\xff\xfe", b"\0", b"", b"-"]
)  # fmt: skip
_bytes = (
    _LIKELY | st.binary(max_size=40) | st.builds(lambda piece, times: piece * times, _LIKELY, st.just(4_400))
)


def _sized(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "big") + content


def _number(kind: bytes, form: str, bits: int, *, signed: bool) -> st.SearchStrategy[bytes]:
    least = -(2 ** (bits - 1)) if signed else 0
    most = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    return (st.integers(least, most) | st.sampled_from([least, most, 0, 5])).map(
        lambda number: kind + struct.pack(">" + form, number)
    )


def _table(entries: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(bytes([len(name)]) + name + value for name, value in entries)


_names = _NAMES | st.binary(max_size=20)
_flat = st.one_of(
    st.booleans().map(lambda value: b"t" + bytes([value])),
    _number(b"b", "b", 8, signed=True),
    _number(b"s", "h", 16, signed=True),
    _number(b"u", "H", 16, signed=False),
    _number(b"I", "i", 32, signed=True),
    _number(b"i", "I", 32, signed=False),
    _number(b"l", "q", 64, signed=True),
    _number(b"T", "Q", 64, signed=False),
    st.binary(min_size=4, max_size=4).map(b"f".__add__),
    st.binary(min_size=8, max_size=8).map(b"d".__add__),
    st.binary(min_size=5, max_size=5).map(b"D".__add__),
    _bytes.map(lambda text: _sized(b"S", text)),
    _bytes.map(lambda text: _sized(b"x", text)),
    st.just(b"V"),
)
_values = st.recursive(
    _flat,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: _sized(b"A", b"".join(parts)))
        | st.lists(st.tuples(_names, inner), max_size=3).map(lambda parts: _sized(b"F", _table(parts)))
    ),
    max_leaves=8,
)
tables = st.lists(st.tuples(_names, _values), max_size=6).map(_table)
_short = (st.binary(max_size=255) | st.just(b"\xff" * 255) | _LIKELY).map(
    lambda text: bytes([len(text)]) + text
)
_TEXTS = (15, 14, 10, 9, 8, 7, 5, 4, 3)
"""The bits of the properties that are short texts."""


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """The payload of a content header frame, with any of the properties."""
    parts: dict[int, bytes] = {}
    for bit in draw(st.sets(st.sampled_from(_TEXTS))):
        parts[bit] = draw(_short)
    if draw(st.booleans()):
        table = draw(tables)
        table = table if len(table) < _MOST_TABLE_BYTES else b""
        parts[13] = len(table).to_bytes(4, "big") + table
    if draw(st.booleans()):
        parts[12] = draw(st.binary(min_size=1, max_size=1))
    if draw(st.booleans()):
        parts[6] = draw(st.integers(0, 2**64 - 1)).to_bytes(8, "big")
    flags = sum(1 << bit for bit in parts)
    told = b"".join(parts[bit] for bit in sorted(parts, reverse=True))
    return struct.pack(">HHQH", 60, 0, 1, flags) + told


def message(header: bytes, body: bytes, routing_key: str = "registry.live") -> DeliveredMessage:
    """The message that the connection makes of what it reads."""
    read = ContentHeader()
    read.unmarshal(header)
    delivery = commands.Basic.Deliver("t", 1, redelivered=False, exchange="", routing_key=routing_key)
    return DeliveredMessage(delivery=delivery, header=read, body=body, channel=None)  # type: ignore[arg-type]


def at_offset(offset: int) -> bytes:
    """The payload of the header of a message that stands there in a stream."""
    table = _table([(b"x-stream-offset", b"l" + struct.pack(">q", offset))])
    return struct.pack(">HHQHI", 60, 0, 1, 1 << 13, len(table)) + table
