from typing import Any

import pytest

from services.registry.folding import completeness
from shared.notices.codelists import code_lists
from tests.support.told import PORTO

MINIMAL: dict[str, Any] = {"instrument": "MOU", "title": "T", "partners": [PORTO]}
FULL: dict[str, Any] = {
    **MINIMAL,
    "basis": "bilateral",
    "object": "Intercâmbio técnico",
    "themes": ["AGUA"],
    "sdgs": [6],
    "objectives": [{"text": "Formar técnicos"}],
    "signed_on": "2014-03",
    "effective_on": "2014-04-01",
    "ends_on": "2030-01-01",
    "renewal": "auto",
    "department": "SMRI",
    "signatories": [{"office": "Prefeito"}],
    "gates": {gate: {"status": "not_required"} for gate in ("legal", "legislative", "federal")},
    "gazette": {"name": "DOM"},
    "documents": [{"kind": "agreement"}],
    "amounts": [{"value": "1", "currency": "EUR"}],
    "parent": "PROC-0",
    "provenance": [{"kind": "document"}],
}


@pytest.mark.parametrize("instrument", [code.code for code in code_lists()["instruments"]])
def test_what_tells_everything_is_complete(instrument: str) -> None:
    """Whatever the instrument asks for is among an agreement's data."""
    assert completeness.of(FULL, instrument) == (100, ())


@pytest.mark.parametrize("instrument", [None, *(code.code for code in code_lists()["instruments"])])
def test_the_least_that_may_be_told_is_far_from_complete(instrument: str | None) -> None:
    """The heaviest comes first, and every name is one that lists may be filtered by."""
    score, missing = completeness.of(MINIMAL, instrument)
    assert score == 0
    assert set(missing) <= set(completeness.FIELDS)
    assert "object" in missing


def test_an_instrument_asks_for_what_is_its_own() -> None:
    """A loan for its stages and its money, an amendment for what it amends, an intention for no work plan."""
    assert {"gates.federal", "gates.legislative", "amounts", "objectives"} <= _missing("EMP")
    assert "parent" in _missing("ADT")
    assert not _missing("ADT") & {"ends_on", "objectives", "amounts"}
    assert not _missing("PI") & {"objectives", "gates.legislative"}
    assert "gates.federal" not in _missing("ACAD")


def test_an_open_end_is_told_where_the_instrument_may_have_one() -> None:
    """Null says that there is no end; a technical cooperation has to have one."""
    assert "ends_on" not in completeness.of({**MINIMAL, "ends_on": None}, "IRM").missing
    assert "ends_on" in completeness.of({**MINIMAL, "ends_on": None}, "ACT").missing
    assert "renewal" not in completeness.of({**MINIMAL, "ends_on": None}, "IRM").missing


def test_nothing_is_asked_before_the_signature_that_it_alone_brings() -> None:
    """A negotiation is not incomplete for want of a signature."""
    assert not set(completeness.of(MINIMAL, "MOU", signed=False).missing) & {"signed_on", "signatories"}


def test_a_gate_of_which_nothing_is_known_is_missing() -> None:
    """To say that one does not know is honest, and leaves it missing."""
    told = {**FULL, "gates": {**FULL["gates"], "federal": {"status": "unknown"}}}
    assert completeness.of(told, "EMP").missing == ("gates.federal",)


def _missing(instrument: str) -> set[str]:
    return set(completeness.of(MINIMAL, instrument).missing)
