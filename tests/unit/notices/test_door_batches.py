"""Many events in one request: taken whole and in order, or not at all."""

from typing import Any

import pytest

from shared.notices.door import decode_events
from tests.support.events import NOW, agreement, body, event
from tests.support.knocking import BATCH, refusal


def test_a_batch_is_taken_whole_and_in_order() -> None:
    """Receipts come in the order sent; a repeated event with the same content is no fault."""
    batch = [event(id="b"), event(id="a"), event(id="b")]
    assert [notice.id for notice in decode_events(body(batch), {}, BATCH, NOW)] == ["b", "a", "b"]


def test_the_same_identity_with_other_content_is_a_fault_of_the_batch() -> None:
    """Which of the two was meant, only the sender knows."""
    batch = [event(), event(id="2"), event(data=agreement(title="Outro"))]
    (error,) = refusal(body(batch), BATCH).errors
    assert (error.index, error.pointer, error.code) == (2, "/id", "identity_repeated")


@pytest.mark.parametrize(
    ("value", "code"),
    [([], "empty_batch"), ({}, "not_a_batch"), ([1] * 1001, "too_many_events"), (None, "not_a_batch")],
)
def test_a_batch_has_one_to_a_thousand_events(value: Any, code: str) -> None:
    """Its limits are told before any event is looked at."""
    refused = refusal(body(value), BATCH)
    assert (refused.status, [error.code for error in refused.errors]) == (422, [code])


def test_faults_in_a_batch_say_in_which_event() -> None:
    """Errors per index, pointers as in the event itself."""
    batch = [event(), 7, event(id="3", data=agreement(title=...))]
    found = {(error.index, error.pointer, error.code) for error in refusal(body(batch), BATCH).errors}
    assert found == {(1, "", "not_an_event"), (2, "/data/title", "required")}
    raw = b"[" + body(event()) + b',{"a":1,"a":2},{"data":{"b":1,"b":2}}]'
    refused = refusal(raw, BATCH)
    assert refused.status == 400
    assert {(error.index, error.pointer) for error in refused.errors} == {(1, "/a"), (2, "/data/b")}


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'[{"a":"\\ud800"}', 400, "bad_json"),
        (b'[{"a":"\\ud800"} {}]', 400, "bad_json"),
        (b'[{"a":"\\ud800"},]', 400, "bad_json"),
        (b'[{"a":"\\ud800"}]]', 400, "bad_json"),
        (b'[{"a":"\xff"}', 400, "not_utf8"),
        (b" [ ] ", 422, "empty_batch"),
        (b"7", 422, "not_a_batch"),
        (b"[" * 200_000, 400, "too_deep"),
    ],
)
def test_a_batch_that_cannot_be_split_says_why(raw: bytes, status: int, code: str) -> None:
    """Half a batch is never taken for a whole one."""
    refused = refusal(raw, BATCH)
    assert (refused.status, [error.code for error in refused.errors]) == (status, [code])
