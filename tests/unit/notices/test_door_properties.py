"""What holds at the door whatever comes in."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.notices.collector import collect, schema_of
from shared.notices.dates import day_of, hooks_on
from shared.notices.door import decode_events
from shared.notices.envelope import Notice
from shared.notices.families import FACTS
from shared.notices.findings import FieldError, InvalidEvents
from tests.support.events import NOW, anything, body, event, payloads

TODAY = day_of(NOW)


def fast_accepts(type_: str, data: Any) -> bool:
    """Whether the fast decoder takes *data*."""
    try:
        msgspec.convert(data, FACTS[type_].payload, dec_hook=hooks_on(TODAY))
    except msgspec.ValidationError:
        return False
    return True


@settings(max_examples=600)
@given(payloads())
def test_the_collector_finds_something_exactly_where_the_decoder_refuses(sample: tuple[str, Any]) -> None:
    """One schema, two readers: neither may know a rule that the other does not."""
    type_, data = sample
    found = collect(type_, data, TODAY)
    assert fast_accepts(type_, data) == (not found), found


@settings(max_examples=200)
@given(payloads())
def test_no_fault_is_left_without_its_own_sentence(sample: tuple[str, Any]) -> None:
    """``invalid_data`` says nothing to a clerk; it is there only so that nothing slips through."""
    assert "invalid_data" not in {error.code for error in collect(sample[0], sample[1], TODAY)}


_CONTENT_TYPES = st.sampled_from([
    "application/cloudevents+json", "application/cloudevents-batch+json", "application/json", "",
    "application/json; charset=latin1", "text/plain",
])  # fmt: skip
_HEADERS = st.dictionaries(
    st.sampled_from(
        ["ce-id", "CE-ID", "ce-source", "ce-type", "ce-specversion", "ce-subject", "ce-data", "ce-é"]
    ),
    st.text(max_size=12) | st.sampled_from(["%C3", '"a\\"', "%00", "\udcff", "1.0"]),
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Bytes of any kind: noise, JSON, events with a bite taken out of them."""
    kind = draw(st.sampled_from(["noise", "json", "event", "bitten"]))
    if kind == "noise":
        return draw(st.binary(max_size=60))
    if kind == "json":
        return msgspec.json.encode(draw(st.dictionaries(st.sampled_from(list(event())), anything) | anything))
    type_, data = draw(payloads())
    whole = body(
        event(type=type_, data=data, **draw(st.dictionaries(st.sampled_from(["id", "time"]), anything)))
    )
    if kind == "event":
        return whole
    at, length = draw(st.integers(0, len(whole))), draw(st.integers(0, 4))
    return (
        whole[:at]
        + draw(st.sampled_from([b"", b"\xff", b"\\ud800", b"\\u0000", b'"', b"{"]))
        + whole[at + length :]
    )


@settings(max_examples=600)
@given(bodies(), _HEADERS, _CONTENT_TYPES, st.sampled_from([1, 0]))
def test_nothing_but_a_refusal_leaves_the_door(
    raw: bytes, headers: dict[str, str], content_type: str, in_batch: int
) -> None:
    """Nothing from outside causes a 5xx; and what is let in has a content that can be kept."""
    sent = b"[" + raw + b"," + raw + b"]" if in_batch else raw
    told: list[FieldError] = []
    notices: list[Notice] = []
    try:
        notices = decode_events(sent, headers, content_type, NOW)
    except InvalidEvents as refused:
        told = refused.errors
    assert notices or told
    assert msgspec.json.encode([error.shown("pt") for error in told])
    for notice in notices:
        assert notice.content()
        assert notice.protocol
        assert b"\\u0000" not in msgspec.json.encode(notice.data).replace(b"\\\\", b"")


@given(st.sampled_from(sorted(FACTS)))
def test_every_type_has_a_schema(type_: str) -> None:
    """Vendors check before they send."""
    schema = schema_of(type_)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$id"] == f"/v1/schemas/{type_}"
    assert msgspec.json.encode(schema)
