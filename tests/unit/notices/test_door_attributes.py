"""The attributes of an event at the door: which agreement is meant, and what is wrong with any of them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import NIL, NOW, event
from tests.support.knocking import codes, one

TERMINATED = "br.malha.agreement.terminated.v1"


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


def test_time_may_run_ahead_by_a_day() -> None:
    """Clocks are wrong by a time zone at most."""
    ahead = NOW + timedelta(hours=24)
    assert one(event(time=ahead.isoformat())).time == ahead
