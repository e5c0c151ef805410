"""What lies in queues and streams: whoever takes it goes on with the next, whatever it is."""

import struct
from typing import get_args

import pytest
from aiormq.abc import DeliveredMessage
from hypothesis import assume, given
from hypothesis import strategies as st

from services.registry.dead import letters
from services.registry.dead.letters import Act
from services.registry.taking import reading, settlement
from shared.frames import Message, frames_of
from shared.notices.envelope import Delivery, InvalidDelivery, encode_delivery
from shared.unmarshalling import read_any_text
from tests.fault.fuzz import wire
from tests.fault.fuzz.examples import MANY, mutated, valid_delivery

_FRAME = struct.Struct(">BHI")


@pytest.fixture(autouse=True)
def _lenient() -> None:
    read_any_text()


bodies = mutated(st.just(encode_delivery(valid_delivery())))
messages = st.builds(wire.message, wire.headers(), bodies)


def require_sendable(copy: Message) -> None:
    """Fail unless *copy* can be published: each frame no larger than the broker takes."""
    frames = frames_of(copy, "m", 0, 1, wire.FRAME_BYTES - 8)
    while frames:
        _, _, size = _FRAME.unpack_from(frames)
        assert size + _FRAME.size + 1 <= wire.FRAME_BYTES
        frames = frames[_FRAME.size + size + 1 :]


@MANY
@given(bodies)
def test_a_body_is_a_delivery_or_is_said_to_be_none(body: bytes) -> None:
    """Nothing else leaves the decoder; what it takes can be kept, and goes on as it came."""
    found = reading.read_body(body, "test")
    if isinstance(found, InvalidDelivery):
        assert str(found)
        return
    assert isinstance(found, Delivery)
    assert found.notice.content()
    assert reading.read_body(encode_delivery(found), "test") == found


@MANY
@given(messages)
def test_whatever_is_delivered_can_be_laid_aside(message: DeliveredMessage) -> None:
    """Delayed and buried copies of it can be published: else it would come back for ever."""
    assert reading.message_id(message)
    assert reading.parted([message])
    assert isinstance(reading.read_delivery(message, "test"), Delivery | InvalidDelivery)
    told = settlement._headers("registry.live", message)
    assert isinstance(settlement._named(told), dict)
    for more in ({"attempt": settlement.attempt_of(message)}, {"reason": "junk", "error": "e" * 2_000}):
        require_sendable(settlement._copy(message, "registry.delay", "registry.live", told | more))


@MANY
@given(messages, st.sampled_from(get_args(Act)))
def test_whatever_lies_dead_can_be_read_and_moved(message: DeliveredMessage, act: Act) -> None:
    """By operators, to whom it is shown."""
    assume(act != "discard")
    letter = letters.letter_of(message)
    assert letter.id
    assert letter.cause
    require_sendable(letters.copy_for(act, message, letter))
