from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from shared.notices.collector import collect
from shared.notices.dates import HOOKS, ReducedDate
from shared.notices.families import FACTS
from shared.notices.families.agreement import FIELDS, Changes, Signed

MINIMAL: dict[str, Any] = {
    "instrument": "OUT",
    "title": "Cooperação",
    "partners": [{"name": "Porto", "kind": "city", "country": "PT"}],
}
FULL: dict[str, Any] = {
    **MINIMAL,
    "basis": "bilateral",
    "object": "Intercâmbio técnico",
    "participants": [{"member": "31", "role": "interveniente"}, {"member": "org-ufmg"}],
    "themes": ["AGUA", "CLIMA"],
    "sdgs": [6, 13],
    "objectives": [
        {"text": "Formar técnicos", "indicator": "TRAINED", "target": 30, "unit": "pessoas", "due": "2027"}
    ],
    "signed_on": "2014-03",
    "effective_on": "2014-04-01",
    "ends_on": None,
    "renewal": "auto",
    "department": "Secretaria de Relações Internacionais",
    "signatories": [{"office": "Prefeito", "name": "Fulano de Tal"}, {"office": "Secretária"}],
    "gates": {
        "legal": {"status": "favourable", "since": "2014-02"},
        "legislative": {"status": "authorised", "body": "Câmara Municipal"},
        "federal": {"status": "informed", "body": "MRE", "evidence": "Ofício 12/2014"},
    },
    "gazette": {"name": "DOM", "date": "2014-03-20", "url": "https://dom.example.br/1"},
    "documents": [
        {"kind": "agreement", "lang": "pt-BR", "sha256": "a" * 64, "url": "https://example.br/a.pdf"}
    ],
    "amounts": [{"value": "1250000.50", "currency": "EUR", "kind": "grant"}],
    "parent": "PROC-0",
    "provenance": [
        {"kind": "public_source", "url": "https://example.br/n", "confidence": "stated_by_secondary"}
    ],
    "visibility": "public",
}


def read(fact: str, data: dict[str, Any]) -> Any:
    """*data* as the payload of *fact*."""
    return msgspec.convert(data, FACTS[f"br.malha.{fact}.v1"].payload, dec_hook=HOOKS.dec_hook)


def test_all_that_an_agreement_may_say_is_read() -> None:
    """Every field of the contract, each with its type."""
    payload = read("agreement.signed", FULL)
    assert isinstance(payload, Signed)
    assert set(FULL) == FIELDS
    assert payload.signed_on == ReducedDate.parse("2014-03")
    assert payload.ends_on is None
    assert list(payload.faults()) == []


def test_instrument_title_and_one_partner_are_enough() -> None:
    """Completeness is scored, never enforced; what was not said is UNSET."""
    assert read("agreement.reported", MINIMAL).ends_on is UNSET


@pytest.mark.parametrize("missing", sorted(MINIMAL))
def test_what_is_required_is_required(missing: str) -> None:
    """Without it nobody would know what is told."""
    with pytest.raises(msgspec.ValidationError, match=missing):
        read("agreement.signed", {field: value for field, value in MINIMAL.items() if field != missing})


@pytest.mark.parametrize(
    "wrong",
    [
        {"partners": []},
        {"partners": [{"name": "Porto", "kind": "city"}]},
        {"partners": [{"name": " ", "kind": "network"}]},
        {"partners": [{"name": "Porto", "kind": "city", "country": "XX"}]},
        {"sdgs": [0]},
        {"sdgs": [18]},
        {"themes": ["PAZ"]},
        {"signed_on": "2014-13"},
        {"signed_on": None},
        {"title": None},
        {"title": "x" * 501},
        {"amounts": [{"value": "1,5", "currency": "EUR"}]},
        {"amounts": [{"value": "1.5", "currency": "EURO"}]},
        {"documents": [{"kind": "agreement", "sha256": "A" * 64}]},
        {"documents": [{"kind": "agreement", "url": "javascript:alert(1)"}]},
        {"participants": [{"member": "3550308"}]},
        {"gates": {"federal": {"status": "authorised"}}},
        {"provenance": [{"kind": "rumour"}]},
        {"visibility": "secret"},
        {"mayor": "Fulano"},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    """Each field has its type and its limits; unknown fields have none."""
    with pytest.raises(msgspec.ValidationError):
        read("agreement.signed", {**MINIMAL, **wrong})


@pytest.mark.parametrize("kind", ["network", "bank", "international_organisation", "other"])
def test_some_partners_stand_in_no_country(kind: str) -> None:
    """A network of cities is nobody's national."""
    read("agreement.signed", {**MINIMAL, "partners": [{"name": "CGLU", "kind": kind}]})


def test_null_clears_any_field_in_changes() -> None:
    """Also what a first telling requires: null is legal there and nowhere else."""
    changes = dict.fromkeys(FIELDS)
    for fact in ("agreement.amended", "agreement.corrected"):
        payload = read(fact, {"changes": changes, **_needed(fact)})
        assert all(getattr(payload.changes, field) is None for field in FIELDS)


def test_changes_keep_the_types_of_the_agreement() -> None:
    """What a first telling may not say, a change may not either."""
    assert set(Changes.__struct_fields__) == FIELDS
    for wrong in (
        {"sdgs": [18]},
        {"ends_on": "soon"},
        {"partners": [{"name": "Porto", "kind": "city"}]},
        {"x": 1},
        {},
    ):
        with pytest.raises(msgspec.ValidationError):
            read("agreement.amended", {"changes": wrong, "effective_on": "2020"})


def test_an_erasure_names_an_entry_its_fields_and_a_ground() -> None:
    """The system's own; its decision is a role's."""
    data = {"sequence": 4, "fields": ["signatories"], "ground": "LGPD", "decided_by": "dpo", "request": "R-1"}
    assert read("ledger.erased", data).sequence == 4
    with pytest.raises(msgspec.ValidationError):
        read("ledger.erased", {**data, "fields": []})


def test_a_nil_return_is_dated() -> None:
    """Silence is not zero."""
    assert read("municipality.nothing_to_declare", {"as_of": "2026-11"}).as_of.is_reduced
    with pytest.raises(msgspec.ValidationError):
        read("municipality.nothing_to_declare", {})


def test_a_mistyped_protocol_is_told() -> None:
    """One wrong symbol would retract nothing, and the sender would not know."""
    assert (
        list(read("agreement.retracted", {"notice": "MG-7FJRXBPMCRCB7", "reason": "engano"}).faults()) == []
    )
    (fault,) = read("agreement.retracted", {"notice": "MG-7FJRXBPMCRCB8", "reason": "engano"}).faults()
    assert (fault.pointer, fault.code) == ("/notice", "malformed_protocol")


def _needed(fact: str) -> dict[str, Any]:
    return {"effective_on": "2020-01-01"} if fact == "agreement.amended" else {"reason": "erro"}


GOOD: dict[str, list[dict[str, Any]]] = {
    "agreement.negotiation_opened": [MINIMAL],
    "agreement.submitted_for_review": [{}, {"note": "ao jurídico"}],
    "agreement.cleared": [{}],
    "agreement.confirmed": [{"note": "segue vivo"}],
    "agreement.returned": [{"reason": "ajustes"}],
    "agreement.withdrawn": [{"reason": "desistência"}],
    "agreement.gate_updated": [
        {"gate": "legal", "status": "favourable_with_remarks", "body": "PGM"},
        {"gate": "legislative", "status": "authorised", "since": "2024-03", "evidence": "Lei 1/2024"},
        {"gate": "federal", "status": "approved", "body": "COFIEX"},
    ],
    "agreement.entered_into_force": [{"effective_on": "2020"}],
    "agreement.renewed": [
        {"signed_on": "2020", "ends_on": None},
        {"signed_on": "2020", "ends_on": "2030-01-01", "document": {"kind": "renewal"}},
    ],
    "agreement.suspended": [{"effective_on": "2020", "reason": "pandemia", "side": "mutual"}],
    "agreement.resumed": [{"effective_on": "2020"}],
    "agreement.completed": [{"effective_on": "2020", "side": "mutual"}],
    "agreement.terminated": [{"effective_on": "2020", "side": "partner"}],
    "agreement.superseded": [{"by": "PROC-2"}],
    "agreement.merged": [{"into": "PROC-2"}],
    "agreement.document_attached": [{"document": {"kind": "annex", "sha256": "a" * 64}}],
    "agreement.voided": [{"reason": "lançado por engano"}],
    "agreement.question_asked": [{"text": "Segue vivo?", "answer_by": "2026-12-01"}],
    "agreement.question_answered": [{"text": "Sim"}],
    "member.contact_changed": [
        {"office": "Assessoria internacional"},
        {"office": "A", "email": "a.b@cidade.mg.gov.br", "phone": "+55 (31) 3277-0000"},
    ],
    "clock.entered_into_force": [{"effective_on": "2026-01-01"}],
    "clock.expired": [{"ends_on": "2026-01-01"}],
    "clock.expiring": [{"ends_on": "2026-01-01", "days": 90}],
    "clock.gate_overdue": [
        {"gate": "federal", "due_on": "2026-01-01", "rule": "age", "status": "consulted", "body": "MRE"}
    ],
    "clock.silent": [{"last_heard_on": "2025-01-01"}],
    "ledger.sealed": [{"day": "2026-01-01", "position": 7, "chains": 3, "digest": "A" * 43}],
}
BAD: dict[str, list[dict[str, Any]]] = {
    "agreement.returned": [{}, {"reason": " "}],
    "agreement.gate_updated": [
        {"gate": "legal", "status": "authorised"},
        {"gate": "legislative", "status": "consulted"},
        {"gate": "federal", "status": "pending"},
        {"gate": "federal", "status": "approved", "body": "PGM"},
        {"gate": "customs", "status": "pending"},
        {"gate": "legal"},
    ],
    "agreement.renewed": [{"signed_on": "2020"}, {"ends_on": None}],
    "agreement.suspended": [{}, {"effective_on": "2020", "side": "both"}],
    "agreement.superseded": [{}, {"by": ""}, {"by": "x" * 201}],
    "agreement.merged": [{"by": "PROC-2"}],
    "agreement.document_attached": [{}, {"document": {"sha256": "a" * 64}}],
    "agreement.voided": [{}],
    "agreement.question_asked": [{}, {"text": "x" * 5_001}],
    "member.contact_changed": [
        {},
        {"office": "A", "email": "a@b"},
        {"office": "A", "email": "a b@c.br"},
        {"office": "A", "phone": "ramal"},
        {"office": "A", "name": "Fulano"},
    ],
}


@pytest.mark.parametrize(("fact", "data"), [(fact, data) for fact in GOOD for data in GOOD[fact]])
def test_the_contracts_fields_are_taken(fact: str, data: dict[str, Any]) -> None:
    """As the table names them; the schema, which explains what is refused, agrees."""
    read(fact, data)
    assert collect(f"br.malha.{fact}.v1", data, date(2026, 11, 21)) == []


@pytest.mark.parametrize(("fact", "data"), [(fact, data) for fact in BAD for data in BAD[fact]])
def test_other_fields_and_values_are_refused_and_explained(fact: str, data: dict[str, Any]) -> None:
    """What the fast decoder refuses, the collector can say why."""
    with pytest.raises(msgspec.ValidationError):
        read(fact, data)
    assert collect(f"br.malha.{fact}.v1", data, date(2026, 11, 21))


def test_every_type_was_tried() -> None:
    """A type that nobody tried may refuse everything."""
    tried = set(GOOD) | {
        *("agreement.signed", "agreement.reported", "agreement.amended", "agreement.corrected"),
        *("agreement.retracted", "ledger.erased", "municipality.nothing_to_declare"),
    }
    assert {f"br.malha.{fact}.v1" for fact in tried} == set(FACTS)


def test_a_gate_has_its_own_statuses() -> None:
    """The answer names those that would do."""
    data = {"gate": "federal", "status": "authorised"}
    (fault,) = collect("br.malha.agreement.gate_updated.v1", data, date(2026, 11, 21))
    assert fault.pointer == "/data/status"
    assert "approved" in (fault.allowed or ())
