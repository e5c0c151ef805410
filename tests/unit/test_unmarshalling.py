"""Properties that are no UTF-8 are read all the same."""

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


def test_whole_properties_of_a_stranger_are_read() -> None:
    """As the connection reads them."""
    properties = commands.Basic.Properties(message_id="abc", delivery_mode=2)
    written = header.ContentHeader(0, 1, properties).marshal().replace(b"abc", b"a\xffc")
    found = header.ContentHeader()
    found.unmarshal(written)
    assert found.properties.message_id == "a\ufffdc"
