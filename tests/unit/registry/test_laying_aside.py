"""Copies of what strangers put into a queue: each can be published; else it would come back for ever."""

from typing import Any

import pytest
from aiormq.abc import DeliveredMessage
from pamqp import commands, header
from pamqp.common import FieldTable

from services.registry.dead import letters
from services.registry.taking import settlement
from shared.frames import Message, frames_of
from shared.unmarshalling import read_any_text

FRAME_BYTES = 131_072


def message(headers: FieldTable, kind: str = "junk") -> DeliveredMessage:
    """As the connection reads it, with *kind* for its type; each `?` stands for a byte that is no text."""
    read_any_text()
    properties = commands.Basic.Properties(headers=headers, message_type=kind)
    read = header.ContentHeader()
    read.unmarshal(header.ContentHeader(0, 1, properties).marshal().replace(b"?", b"\xff"))
    delivery = commands.Basic.Deliver("c", 1, redelivered=False, exchange="", routing_key="registry.live")
    return DeliveredMessage(delivery=delivery, header=read, body=b"junk", channel=None)  # type: ignore[arg-type]


def copies(found: DeliveredMessage) -> list[Message]:
    """What the registry makes of it, and an operator after that."""
    told = settlement._headers("registry.live", found) | {"reason": "junk", "error": "e"}
    buried = settlement._copy(found, "registry.dead", "registry.live", told)
    return [buried, letters.copy_for("park", found, letters.letter_of(found))]


STRANGE: dict[str, Any] = {
    "a type that is no text": message({}, "?" * 255),
    "a routing key that is no text": message({"routing_key": "???"}),
    "an endless source": message({"source": "s" * 130_950}),
    "an endless error": message({"error": "e" * 130_950, "x-death": "d"}),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_what_a_stranger_wrote_can_be_laid_aside(kind: str) -> None:
    """Within one frame for all that is said about it."""
    for copy in copies(STRANGE[kind]):
        assert len(frames_of(copy, "m", 0, 1, FRAME_BYTES - 8)) < FRAME_BYTES


def test_what_is_ours_is_carried_on() -> None:
    """Who tells it, its number, its trace and its way."""
    told = {
        "member": "3106200",
        "source": "/convenios",
        "id": "1",
        "protocol": "MG-7FJRXBPMCRCB7",
        "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        "routing_key": "live.3106200.agreement.signed",
    }
    found = settlement._headers("registry.live", message(dict(told)))
    assert found == told | {"attempt": 1, "queue": "registry.live"}
