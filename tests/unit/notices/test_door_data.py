"""The data of an event at the door: each field's rules, and how its faults are told."""

import json
from typing import Any

import pytest

from shared.notices.findings import FieldError
from tests.support.events import NIL, agreement, body, event
from tests.support.knocking import BATCH, codes, one, refusal


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


def test_findings_are_shown_in_one_language() -> None:
    """The shape of an error in an answer; what is not known is left out."""
    (error,) = refusal(body(event(member="x"))).errors
    assert isinstance(error, FieldError)
    assert set(error.shown("pt")) == {"pointer", "code", "detail"}
    assert json.dumps(error.shown("en"))
