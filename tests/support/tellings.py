"""Whatever may be told of a member, drawn by Hypothesis: any type of the release, any dates, few agreements.

Data follows the type's own struct, field by field, so that a new type is drawn without a word here, as long
as its required fields have names that are known.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from shared.notices.envelope import Notice
from shared.notices.families import FACTS, Fact
from shared.notices.families.agreement import GateUpdated, Retracted
from shared.notices.families.fact import BY_SYSTEM

MEMBERS: Final = ("3106200", "3170206", "31")
"""Two municipalities and the state, which share agreements with each other."""
SUBJECTS: Final = ("PROC 1/2024", "PROC 2/2024")
SOURCES: Final = ("/convenios", "/planilha")

TOLD_FACTS: Final = {
    name: fact
    for name, fact in sorted(FACTS.items())
    if fact.senders != BY_SYSTEM and not issubclass(fact.payload, Retracted)
}
"""Retractions apart: they need a notice to name."""

_TODAY: Final = date.today()  # noqa: DTZ011 - "about now" is all that is needed
dates = st.sampled_from(
    [
        "1996",
        "2014-03",
        "2020",
        "2020-03-01",
        "2020-03-09",
        "2024-12-31",
        "2025",
        "2025-01-01",
        *((_TODAY + timedelta(days)).isoformat() for days in (-1, 0, 1, 45, 90, 91)),
        "2150-01-01",
    ]
)
instants = st.sampled_from(
    [
        datetime(2020, 3, 1, 2, 30, tzinfo=UTC),  # still the last of February in Minas Gerais
        datetime(2020, 3, 9, 12, tzinfo=UTC),
        datetime(2024, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 11, 20, 3, tzinfo=UTC),
    ]
)
_prose = st.sampled_from(["Engano", "Revisão — “é assim”", "a\nb 😀"])
_documents = st.sampled_from(
    [
        {"kind": "agreement", "sha256": "a" * 64},
        {"kind": "annex", "url": "https://www.example.mg.gov.br/1.pdf"},
    ]
)
_PORTO: Final = {"name": "Porto", "kind": "city", "country": "PT"}
_CHENGDU: Final = {"name": "成都", "kind": "university", "country": "CN"}
_NETWORK: Final = {"name": "CGLU", "kind": "network"}

_OF_AGREEMENTS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "instrument": st.sampled_from(["MOU", "IRM", "IRM_DECL", "ADT", "OUT"]),
    "title": st.sampled_from(["Cooperação", "Irmanamento com o Porto", 'Água & "saúde"']),
    "partners": st.sampled_from([[_PORTO], [_CHENGDU, _PORTO], [_NETWORK]]),
    "basis": st.sampled_from(["bilateral", "multilateral", "unilateral_law"]),
    "participants": st.lists(
        st.sampled_from(MEMBERS).map(lambda member: {"member": member, "role": "apoio"}), max_size=2
    ),
    "themes": st.sampled_from([[], ["AGUA"], ["AGUA", "SAUDE"]]),
    "sdgs": st.sampled_from([[6], [17, 6]]),
    "objectives": st.sampled_from([[{"text": "Metas", "target": 0.5}], [{"text": "1.5", "due": "2150"}]]),
    "signatories": st.just([{"office": "Prefeito", "name": "Fulano de Tal"}]),
    "signed_on": dates,
    "effective_on": dates,
    "ends_on": st.none() | dates,
    "visibility": st.sampled_from(["public", "network", "restricted"]),
    "parent": st.sampled_from(SUBJECTS),
    "gates": st.sampled_from(
        [
            {"federal": {"status": "consulted", "body": "COFIEX", "since": "2024-12-31"}},
            {"legal": {"status": "favourable"}, "legislative": {"status": "pending"}},
        ]
    ),
    "documents": st.lists(_documents, max_size=2),
    "amounts": st.sampled_from([[{"value": "1250000.50", "currency": "EUR", "kind": "grant"}]]),
}
_GATES: Final = st.sampled_from(
    [
        {"gate": "legal", "status": "pending"},
        {"gate": "legislative", "status": "authorised"},
        {"gate": "federal", "status": "consulted", "body": "MRE"},
        {"gate": "federal", "status": "approved", "body": "SENADO"},
    ]
)
_FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    **_OF_AGREEMENTS,
    "changes": st.fixed_dictionaries(
        {}, optional={field: st.none() | drawn for field, drawn in _OF_AGREEMENTS.items()}
    ).filter(bool),
    "reason": _prose,
    "note": _prose,
    "side": st.sampled_from(["member", "partner", "mutual"]),
    "since": dates,
    "as_of": dates,
    "by": st.sampled_from(SUBJECTS),
    "into": st.sampled_from(SUBJECTS),
    "document": _documents,
    "evidence": _prose,
    "text": _prose,
    "answer_by": st.just("2150-01-01"),
    "office": st.just("Assessoria internacional"),
    "email": st.just("internacional@example.mg.gov.br"),
}


def _data_of(fact: Fact) -> st.SearchStrategy[dict[str, Any]]:
    if issubclass(fact.payload, GateUpdated):
        rest = st.fixed_dictionaries({}, optional={"since": dates, "evidence": _prose})
        return st.builds(lambda stands, told: {**stands, **told}, _GATES, rest)
    fields = msgspec.structs.fields(fact.payload)
    return st.fixed_dictionaries(
        {field.name: _FIELDS[field.name] for field in fields if field.required},
        optional={
            field.name: _FIELDS[field.name]
            for field in fields
            if not field.required and field.name in _FIELDS
        },
    )


def tellings(member: str, subject: str | None) -> st.SearchStrategy[Notice]:
    """Notices of *member* without an id; those about an agreement are about the one of *subject*.

    A first telling may have none, and then makes an agreement of its own.
    """
    return st.sampled_from(sorted(TOLD_FACTS)).flatmap(
        lambda name: st.builds(
            Notice,
            member=st.just(member),
            source=st.sampled_from(SOURCES),
            id=st.just(""),
            type=st.just(name),
            subject=_subjects(TOLD_FACTS[name], subject),
            time=st.none() | instants,
            backfill=st.booleans(),
            data=_data_of(TOLD_FACTS[name]),
        )
    )


def _subjects(fact: Fact, subject: str | None) -> st.SearchStrategy[str | None]:
    if not fact.of_agreement:
        return st.none()
    if fact.first_telling:
        return st.sampled_from([subject, subject, subject, None])
    return st.just(subject)


lives = st.tuples(st.sampled_from(MEMBERS), st.sampled_from(SUBJECTS)).flatmap(
    lambda whose: st.lists(tellings(*whose), min_size=2, max_size=6)
)
"""What one member tells of one agreement, in an order of arrival that is not that of its dates."""

notices = st.tuples(st.sampled_from(MEMBERS), st.sampled_from(SUBJECTS)).flatmap(
    lambda whose: tellings(*whose)
)
