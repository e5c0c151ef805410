"""Properties that are no UTF-8 are read all the same."""

from datetime import UTC, datetime

import pytest
from pamqp import commands, decode, encode, header
from pamqp.common import FieldTable

from shared.unmarshalling import read_any_text


@pytest.fixture(autouse=True)
def _lenient() -> None:
    read_any_text()


@pytest.mark.parametrize("text", ["", "a", "São João", "x" * 255, "\0"])
def test_texts_are_read_as_before(text: str) -> None:
    """With the length that the next property begins after, in characters of several bytes, too."""
    try:
        written = encode.short_string(text)
    except ValueError:
        pytest.skip("longer than a short text may be")
    assert decode.by_type(written + b"rest", "shortstr") == (len(written), text)


def test_bytes_that_are_no_text_leave_the_rest_readable() -> None:
    """Whoever wrote them by hand finds U+FFFD in the dead queue."""
    assert decode.by_type(b"\x03a\xffbrest", "shortstr") == (4, "a\ufffdb")


def test_headers_are_read_as_before() -> None:
    """Ours, and RabbitMQ's own."""
    told: FieldTable = {
        "member": "3106200",
        "attempt": 1,
        "x-death": [{"count": 2, "queue": "registry.live"}],
    }
    written = encode.field_table(told)
    assert decode.by_type(written + b"rest", "table") == (len(written), told)


@pytest.mark.parametrize("name", [b"\xff", b"k"])
def test_headers_that_cannot_be_read_are_none(name: bytes) -> None:
    """A name that is no text, a type that nobody knows: what follows the table is read on."""
    entry = bytes([len(name)]) + name + (b"t\x01" if name == b"\xff" else b"?")
    written = len(entry).to_bytes(4, "big") + entry
    assert decode.by_type(written + b"rest", "table") == (len(written), {})


@pytest.mark.parametrize("seconds", [2**53, 2**64 - 1])
def test_a_date_beyond_all_years_is_none(seconds: int) -> None:
    """RabbitMQ delivers any number, and the connection must not end on it, again and again."""
    raw = seconds.to_bytes(8, "big")
    assert decode.by_type(raw + b"rest", "timestamp") == (8, None)


def test_headers_nested_deeper_than_python_follows_are_none() -> None:
    """One frame has room for twenty thousand levels."""
    nested = b""
    for _ in range(20_000):
        nested = b"\0F" + len(nested).to_bytes(4, "big") + nested
    assert decode.by_type(len(nested).to_bytes(4, "big") + nested, "table") == (len(nested) + 4, {})


def test_whole_properties_of_a_stranger_are_read() -> None:
    """As the connection reads them."""
    properties = commands.Basic.Properties(message_id="abc", delivery_mode=2)
    written = header.ContentHeader(0, 1, properties).marshal().replace(b"abc", b"a\xffc")
    found = header.ContentHeader()
    found.unmarshal(written)
    assert found.properties.message_id == "a\ufffdc"


def test_a_delivery_is_read_as_the_library_reads_it() -> None:
    """Tag, texts and flag: frame by frame, however often asked for."""
    told = commands.Basic.Deliver(
        "ctag1.é", 2**40 + 7, redelivered=True, exchange="notices", routing_key="a.b"
    )
    found = commands.Basic.Deliver()
    found.unmarshal(told.marshal())
    for name in ("consumer_tag", "delivery_tag", "redelivered", "exchange", "routing_key"):
        assert getattr(found, name) == getattr(told, name)


def test_all_properties_are_read_as_the_library_writes_them() -> None:
    """In the standard's order, whichever are there."""
    told = commands.Basic.Properties(
        content_type="application/json",
        headers={"member": "3106200", "attempt": 2, "x-death": [{"count": 2}]},
        delivery_mode=2,
        correlation_id="c",
        reply_to="amq.rabbitmq.reply-to.x",
        expiration="30000",
        message_id="m",
        timestamp=datetime(2026, 11, 21, 12, tzinfo=UTC),
        message_type="br.malha.agreement.signed.v1",
        app_id="a",
    )
    found = header.ContentHeader()
    found.unmarshal(header.ContentHeader(0, 1, told).marshal())
    assert found.properties == told
