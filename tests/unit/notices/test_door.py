"""The door: in which ways an event comes in, and what none of them may be."""

from datetime import UTC, datetime

import pytest

from shared.notices.door import decode, decode_events, read_envelopes
from shared.notices.findings import InvalidEvents
from tests.support.events import NOW, agreement, body, event
from tests.support.knocking import BATCH, STRUCTURED, one, refusal


def test_all_four_modes_give_the_same_notice() -> None:
    """A retry may come in another mode: its content must be the same, byte for byte."""
    sent = event(subject="  Convênio nº 1/2024 ", backfill=True)
    headers = {
        "Ce-SpecVersion": "1.0",
        "Ce-Id": "1",
        "Ce-Source": "/convenios",
        "Ce-Type": sent["type"],
        "Ce-Member": "3106200",
        "Ce-Subject": "Conv%C3%AAnio%20n%C2%BA%201/2024",
        "Ce-Time": "2024-05-02T12:30:00Z",
        "Ce-Backfill": "true",
        "Ce-Data": "ignored",
        "X-Other": "1",
    }
    notices = [
        *decode_events(body(sent), {}, STRUCTURED, NOW),
        *decode_events(body(sent), {}, "application/json", NOW),
        *decode_events(body([sent]), {}, BATCH, NOW),
        *decode_events(body(sent["data"]), headers, "application/json", NOW),
    ]
    assert {notice.content() for notice in notices} == {notices[0].content()}
    assert {notice.key for notice in notices} == {("3106200", "/convenios", "1")}
    assert notices[0].subject == "Convênio nº 1/2024"
    assert notices[0].time == datetime(2024, 5, 2, 12, 30, tzinfo=UTC)
    assert notices[0].data == sent["data"], "as sent, without defaults"


def test_extensions_are_accepted_and_ignored() -> None:
    """Tracing headers of others, our own names on the broker and nulls: none of them reach the content."""
    plain = one(event())
    adorned = event(
        traceparent="00-1", receivedat="2020-01-01T00:00:00Z", senderrole="coordination", door="system",
        dataschema="https://example.org/x", datacontenttype="application/json", sequence=7, other=None,
    )  # fmt: skip
    assert one(adorned) == plain
    assert one(event(backfill=None, time=None)).time is None


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/xml", "application/cloudevents+avro",
     "application/json; charset=iso-8859-1", "multipart/form-data; boundary=x"],
)  # fmt: skip
def test_other_media_types_are_415(content_type: str) -> None:
    """What is not read here is told as such, not as bad JSON."""
    assert refusal(body(event()), content_type).status == 415


def test_binary_mode_tells_faults_at_the_attribute() -> None:
    """Headers are attributes: the same pointers as in structured mode."""
    refused = refusal(
        body(agreement(title=...)), "application/json",
        ce_id="1", ce_source="%FF", ce_type="x", ce_member='"3106200"', ce_subject="%00", ce_time="x",
    )  # fmt: skip
    found = {error.pointer: error.code for error in refused.errors}
    assert found == {
        "/specversion": "required",
        "/source": "invalid_percent_encoding",
        "/type": "unknown_type",
        "/subject": "nul_character",
        "/time": "invalid_time",
    }


def test_binary_mode_without_a_body_lacks_its_data() -> None:
    """An empty body is an absence, not bad JSON."""
    headers = {"ce-" + name: str(value) for name, value in event(data=...).items()}
    with pytest.raises(InvalidEvents) as refused:
        decode_events(b"", headers, "application/json", NOW)
    assert [error.pointer for error in refused.value.errors] == ["/data"]


def test_envelopes_are_readable_before_the_events_are_valid() -> None:
    """Who may speak is asked first: 403 comes before 422."""
    spoilt = event(type=7, data=[])
    events = read_envelopes(body([spoilt, 1]), {}, BATCH)
    assert [(raw.member, raw.source, raw.id, raw.type, raw.index) for raw in events] == [
        ("3106200", "/convenios", "1", None, 0),
        (None, None, None, None, 1),
    ]
    assert events[0].size == len(body(spoilt))
    with pytest.raises(InvalidEvents):
        decode(events, NOW)
