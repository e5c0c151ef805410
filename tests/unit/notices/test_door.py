"""The door: what comes in, and what is told of what does not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.notices.door import decode, decode_events, read_envelopes
from shared.notices.envelope import Notice
from shared.notices.findings import FieldError, InvalidEvents
from tests.support.events import NOW, agreement, body, event

STRUCTURED = "application/cloudevents+json; charset=UTF-8"
BATCH = "application/cloudevents-batch+json"
NIL = "br.malha.municipality.nothing_to_declare.v1"
TERMINATED = "br.malha.agreement.terminated.v1"


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


@pytest.mark.parametrize("none", [..., None, "", "   ", "-", " - ", "S/N", "s/n"])
def test_a_first_telling_without_a_reference_takes_its_protocol(none: Any) -> None:
    """The ways in which city halls write that there is no process number."""
    notice = one(event(subject=none))
    assert notice.subject is None
    assert notice.agreement_subject == notice.protocol


@pytest.mark.parametrize("none", [..., "-", "S/N"])
def test_a_later_fact_must_say_of_which_agreement(none: Any) -> None:
    """Without a subject nobody could tell what was terminated."""
    told = event(type=TERMINATED, subject=none, data={"effective_on": "2025-01-01"})
    assert codes(told) == {"/subject": "subject_required"}


def test_a_fact_of_no_agreement_needs_no_subject() -> None:
    """A nil return is about the municipality itself."""
    notice = one(event(type=NIL, subject=..., data={"as_of": "2026"}))
    assert notice.agreement_subject is None


def test_subjects_are_trimmed_and_composed() -> None:
    """The same number typed on two systems is one agreement."""
    assert one(event(subject="\u00a0Sa\u0303o 1 ")).subject == "São 1"
    assert codes(event(subject="x" * 201)) == {"/subject": "too_long"}
    assert one(event(subject=" " + "x" * 200)).subject == "x" * 200


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"specversion": "0.3"}, {"/specversion": "unsupported_specversion"}),
        ({"specversion": ...}, {"/specversion": "required"}),
        ({"id": ""}, {"/id": "blank"}),
        ({"id": 7}, {"/id": "invalid_type"}),
        ({"id": "a\nb"}, {"/id": "control_character"}),
        ({"id": "x" * 256}, {"/id": "too_long"}),
        ({"source": None}, {"/source": "required"}),
        ({"member": 3106200}, {"/member": "invalid_type"}),
        ({"member": "3199999"}, {"/member": "unknown_member"}),
        ({"type": "br.malha.agreement.signd.v1"}, {"/type": "unknown_type"}),
        ({"time": "2026-11-22T15:00:01Z"}, {"/time": "time_ahead"}),
        ({"time": "ontem"}, {"/time": "invalid_time"}),
        ({"backfill": "yes"}, {"/backfill": "invalid_type"}),
        ({"datacontenttype": "text/xml"}, {"/datacontenttype": "unsupported_datacontenttype"}),
        ({"data": ..., "data_base64": "e30="}, {"/data_base64": "data_base64_not_supported"}),
        ({"data": ...}, {"/data": "required"}),
        ({"data": [1]}, {"/data": "invalid_type"}),
        ({"Other": "x"}, {"/Other": "invalid_attribute_name"}),
        ({"other": {"a": 1}}, {"/other": "invalid_type"}),
        ({"subject": "529.982.247-25"}, {"/subject": "personal_data_in_identifier"}),
        ({"subject": "５２９９８２２４７２５"}, {"/subject": "personal_data_in_identifier"}),
        ({"id": "p-52998224725", "source": "/52998224725"},
         {"/id": "personal_data_in_identifier", "/source": "personal_data_in_identifier"}),
        ({"subject": "nul\0"}, {"/subject": "nul_character"}),
    ],
)  # fmt: skip
def test_faults_of_attributes_name_the_attribute(changes: dict[str, Any], found: dict[str, str]) -> None:
    """Each rule of the envelope, with its pointer and its code."""
    assert codes(event(**changes)) == found


@pytest.mark.parametrize(
    "subject", ["529.982.247-26", "111.111.111-11", "152998224725", "0529.982.247-25", "2024"]
)
def test_numbers_that_are_no_cpf_pass(subject: str) -> None:
    """A process number is not refused for having eleven digits somewhere in it."""
    assert one(event(subject=subject)).subject == subject


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (agreement(instrument="XXX"), {"/data/instrument": "unknown_code"}),
        (agreement(instrument=...), {"/data/instrument": "required"}),
        (agreement(title="  "), {"/data/title": "blank"}),
        (agreement(tittle="x"), {"/data/tittle": "unknown_field"}),
        (agreement(**{"a/b~c": 1}), {"/data/a~1b~0c": "unknown_field"}),
        (agreement(partners=[]), {"/data/partners": "too_few_items"}),
        (
            agreement(partners=[{"name": "Porto", "kind": "city"}]),
            {"/data/partners/0/country": "country_required"},
        ),
        (agreement(signed_on="2014-02-30"), {"/data/signed_on": "invalid_date"}),
        (agreement(signed_on=2014), {"/data/signed_on": "invalid_type"}),
        (agreement(ends_on="2031"), {"/data/ends_on": "reduced_date_ahead"}),
        (agreement(ends_on="9999-12-31"), {"/data/ends_on": "date_out_of_range"}),
        (agreement(sdgs=[18]), {"/data/sdgs/0": "too_great"}),
        (agreement(sdgs=[1.0]), {"/data/sdgs/0": "invalid_type"}),
        (agreement(title="a\0b"), {"/data/title": "nul_character"}),
        (agreement(title="x" * 501), {"/data/title": "too_long"}),
        (agreement(participants=[{"member": "3199999"}]), {"/data/participants/0/member": "unknown_member"}),
    ],
)
def test_faults_of_data_name_the_field(data: dict[str, Any], found: dict[str, str]) -> None:
    """Each rule of an agreement's data, with its pointer and its code."""
    assert codes(event(data=data)) == found


@pytest.mark.parametrize("kind", ["network", "bank", "international_organisation", "other"])
def test_some_partners_stand_in_no_country(kind: str) -> None:
    """A network of cities has none to name."""
    assert one(event(data=agreement(partners=[{"name": "ICLEI", "kind": kind}])))


def test_changes_hold_fields_of_the_agreement_with_null_to_clear() -> None:
    """A correction may clear a field and replace a list, each value checked as in the agreement itself."""
    changes = {"ends_on": None, "object": None, "themes": ["AGUA"]}
    corrected = event(type="br.malha.agreement.corrected.v1", data={"reason": "erro", "changes": changes})
    assert one(corrected).data["changes"] == changes
    corrected["data"]["changes"] = {"x": 1, "signed_on": "2030-02-31", "themes": ["NOPE"]}
    assert codes(corrected) == {
        "/data/changes/x": "unknown_field",
        "/data/changes/signed_on": "invalid_date",
        "/data/changes/themes/0": "unknown_code",
    }
    corrected["data"]["changes"] = {"partners": [{"name": "Porto", "kind": "city"}]}
    assert codes(corrected) == {"/data/changes/partners/0/country": "country_required"}
    corrected["data"]["changes"] = {}
    assert codes(corrected) == {"/data/changes": "nothing_changed"}


def test_all_faults_are_told_at_once() -> None:
    """A vendor puts everything right in one go, attributes and data alike."""
    spoilt = event(
        id=..., time="x", data=agreement(title=..., instrument="?", sdgs=[0, 18], surprise=1, partners=[{}])
    )
    assert codes(spoilt) == {
        "/id": "required",
        "/time": "invalid_time",
        "/data/title": "required",
        "/data/instrument": "unknown_code",
        "/data/sdgs/0": "too_small",
        "/data/sdgs/1": "too_great",
        "/data/surprise": "unknown_field",
        "/data/partners/0/name": "required",
        "/data/partners/0/kind": "required",
    }


def test_faults_end_at_fifty() -> None:
    """An answer stays readable, and a spoilt batch costs no more than fifty findings."""
    spoilt = event(data={f"x{number}": 1 for number in range(80)})
    assert len(refusal(body(spoilt)).errors) == 50
    batch = body([event(id=str(number), member="x") for number in range(200)])
    assert [error.index for error in refusal(batch, BATCH).errors] == list(range(50))


def test_code_lists_are_offered() -> None:
    """Who writes a wrong code sees the right ones."""
    (error,) = refusal(body(event(data=agreement(partners=[{"name": "x", "kind": "town"}])))).errors
    assert error.pointer == "/data/partners/0/kind"
    assert "city" in (error.allowed or ())
    (error,) = refusal(body(event(type="x"))).errors
    assert NIL in (error.allowed or ())
    assert "br.malha.ledger.erased.v1" not in (error.allowed or ())


def test_every_fault_speaks_both_languages() -> None:
    """A town clerk reads Portuguese, and none of the libraries' English leaks into it."""
    spoilt = event(
        time=1, data=agreement(instrument=1, themes="AGUA", ends_on=[], title="", renewal="x", y=1)
    )
    errors = refusal(body(spoilt)).errors
    assert len(errors) == 7
    for error in errors:
        assert error.detail.pt != error.detail.en
        assert not {"is", "not", "of", "expected", "the"} & set(error.detail.pt.lower().split())
    expected = {error.pointer: error.detail for error in errors}["/data/ends_on"]
    assert expected.pt == "Esperava-se texto entre aspas ou null; veio uma lista."


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


def test_time_may_run_ahead_by_a_day() -> None:
    """Clocks are wrong by a time zone at most."""
    ahead = NOW + timedelta(hours=24)
    assert one(event(time=ahead.isoformat())).time == ahead


def test_findings_are_shown_in_one_language() -> None:
    """The shape of an error in an answer; what is not known is left out."""
    (error,) = refusal(body(event(member="x"))).errors
    assert isinstance(error, FieldError)
    assert set(error.shown("pt")) == {"pointer", "code", "detail"}
    assert json.dumps(error.shown("en"))


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


def test_an_event_of_too_many_parts_is_refused_before_it_is_searched() -> None:
    """Looking for faults takes time for each part: nobody may make the door search for minutes."""
    crowded = body(event(data={"themes": ["AGUA"] * 20_000}))
    assert [error.code for error in refusal(crowded).errors] == ["too_many_parts"]
    assert codes(event(data=agreement(themes=["X"] * 5_000))) == {"/data/themes": "too_many_items"}
    assert [error.code for error in refusal(body(event(data="x" * 300_000))).errors] == ["event_too_large"]
