"""JSON at the door: what can be read in one way only, kept, and searched in time."""

import pytest

from tests.support.events import agreement, body, event
from tests.support.knocking import BATCH, STRUCTURED, codes, one, refusal


@pytest.mark.parametrize(
    ("raw", "code", "pointer"),
    [
        (b"", "bad_json", ""),
        (b"{", "bad_json", ""),
        (b'{"id":1}{', "bad_json", ""),
        (b'{"a":NaN}', "unreadable", ""),
        (b'{"a":"\xff"}', "not_utf8", ""),
        (b'{"a":"\xed\xa0\x80"}', "not_utf8", ""),
        (b'{"data":{"a":1,"b":2,"a":1}}', "repeated_name", "/data/a"),
        (b'{"a:":1,"\\u0061:":1}', "repeated_name", "/a:"),
        (b'{"\\u003a":1,"a":[{"b":1,"b":2}]}', "repeated_name", "/a/0/b"),
        (b'{"a":' + b"[" * 65 + b"]" * 65 + b"}", "too_deep", ""),
        (b"[" * 200_000, "too_deep", ""),
        (b'{"a":' * 40_000, "too_deep", ""),
    ],
)
def test_what_is_no_json_in_one_way_only_is_400(raw: bytes, code: str, pointer: str) -> None:
    """I-JSON: no reader may understand it in another way than ours."""
    refused = refusal(raw)
    assert refused.status == 400
    assert [(error.code, error.pointer) for error in refused.errors] == [(code, pointer)]


@pytest.mark.parametrize(
    ("spoilt", "pointer", "code"),
    [
        ('"title": "\\ud800"', "/data/title", "lone_surrogate"),
        ('"\\udfff": 1', "/data/\\udfff", "lone_surrogate"),
        ('"title": "a\\u0000"', "/data/title", "nul_character"),
        ('"title": 1e999', "/data/title", "number_out_of_range"),
    ],
)
def test_what_cannot_be_kept_is_told_with_its_place(spoilt: str, pointer: str, code: str) -> None:
    """PostgreSQL would refuse it later, when nobody is there to put it right."""
    raw = body(event(data={})).replace(b'"data": {}', b'"data": {' + spoilt.encode() + b"}")
    for sent, content_type in ((raw, STRUCTURED), (b"[" + body(event()) + b"," + raw + b"]", BATCH)):
        refused = refusal(sent, content_type)
        assert refused.status == 422
        (found,) = [error for error in refused.errors if error.code == code]
        assert found.pointer == pointer
        assert found.index == (1 if content_type == BATCH else None)


def test_a_backslash_before_u0000_is_no_nul() -> None:
    """A text that spells an escape is an ordinary text."""
    assert one(event(data=agreement(title="\\u0000 e \\u003a"))).data["title"] == "\\u0000 e \\u003a"


def test_an_event_of_too_many_parts_is_refused_before_it_is_searched() -> None:
    """Looking for faults takes time for each part: nobody may make the door search for minutes."""
    crowded = body(event(data={"themes": ["AGUA"] * 20_000}))
    assert [error.code for error in refusal(crowded).errors] == ["too_many_parts"]
    assert codes(event(data=agreement(themes=["X"] * 5_000))) == {"/data/themes": "too_many_items"}
    assert [error.code for error in refusal(body(event(data="x" * 300_000))).errors] == ["event_too_large"]
