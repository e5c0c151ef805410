"""Reading what strangers wrote into a message's properties.

AMQP's short texts are UTF-8 by agreement only: RabbitMQ takes and delivers any bytes. pamqp raises on others,
which ends the connection, and the message comes back at the next one, for ever.
"""

from collections.abc import Callable
from typing import Final

from pamqp import decode
from pamqp.common import FieldTable, FieldValue

_METHODS: Final[dict[str, Callable[[bytes], tuple[int, FieldValue]]]] = decode.METHODS


def read_any_text() -> None:
    """Have pamqp read every property that the broker delivers; asking twice changes nothing."""
    _METHODS["shortstr"] = _short_string
    _METHODS["table"] = _table


def _short_string(value: bytes) -> tuple[int, str]:
    """A text, with U+FFFD for what is not UTF-8."""
    end = value[0] + 1
    return end, value[1:end].decode(errors="replace")


def _table(value: bytes) -> tuple[int, FieldTable]:
    """The headers; none of them if they cannot be read."""
    try:
        return decode.field_table(value)
    except ValueError:
        return int.from_bytes(value[:4], "big") + 4, {}
