"""Events at the door, as the test sent them: what they are, or why they are refused."""

from typing import Any

import pytest

from shared.notices.door import decode_events
from shared.notices.envelope import Notice
from shared.notices.findings import InvalidEvents
from tests.support.events import NOW, body

STRUCTURED = "application/cloudevents+json; charset=UTF-8"
BATCH = "application/cloudevents-batch+json"


def one(value: Any) -> Notice:
    """The notice that a structured event is."""
    (notice,) = decode_events(body(value), {}, STRUCTURED, NOW)
    return notice


def refusal(raw: bytes, content_type: str = STRUCTURED, **headers: str) -> InvalidEvents:
    """Why a request is refused."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(InvalidEvents) as refused:
        decode_events(raw, named, content_type, NOW)
    return refused.value


def codes(value: Any) -> dict[str, str]:
    """Pointer → code of every fault of a structured event."""
    return {error.pointer: error.code for error in refusal(body(value)).errors}
