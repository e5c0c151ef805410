"""Everything that may be told of one agreement, drawn by Hypothesis: any facts, dates, gaps and retractions.

Unlike `tellings` this asks no type what it looks like: it draws what the fold has to bear.
"""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from shared.notices.envelope import Notice

MEMBER, SUBJECT = "3106200", "PROC-1"
DAYS = (
    "2019",
    "2020",
    "2020-03",
    "2020-03-01",
    "2020-03-09",
    "2020-06-30",
    "2021-01-01",
    "2021-01",
    "2023-12-31",
)
INSTANTS = (
    datetime(2020, 3, 1, 2, 30, tzinfo=UTC),  # still the last of February in Minas Gerais
    datetime(2020, 3, 9, 12, tzinfo=UTC),
    datetime(2020, 6, 30, 12, tzinfo=UTC),
    datetime(2021, 1, 1, 12, 0, 0, 5, tzinfo=UTC),
    datetime(2024, 5, 1, 12, tzinfo=UTC),
)

dates = st.sampled_from(DAYS)
titles = st.sampled_from(["A", "B", "C"])
visibilities = st.sampled_from(["public", "network", "restricted"])
partners = st.sampled_from(
    [[{"name": "Porto", "kind": "city", "country": "PT"}], [{"name": "CGLU", "kind": "network"}]]
)

references = st.sampled_from([SUBJECT, f" {SUBJECT} ", "PROC-2", "-"])
documents = st.sampled_from(
    [{"kind": "agreement", "sha256": "a" * 64}, {"kind": "annex", "url": "https://x.br/1"}]
)
gates = st.sampled_from(
    [{}, {"legal": {"status": "pending"}}, {"federal": {"status": "consulted", "body": "MRE"}}]
)

AGREEMENT = {
    "instrument": st.sampled_from(["MOU", "IRM", "ADT"]),
    "title": titles,
    "partners": partners,
    "signed_on": dates,
    "effective_on": dates,
    "ends_on": st.none() | dates,
    "visibility": visibilities,
    "parent": references,
    "gates": gates,
    "documents": st.lists(documents, max_size=2),
}
changes = st.fixed_dictionaries(
    {},
    optional={
        "title": st.none() | titles,
        "signed_on": st.none() | dates,
        "effective_on": st.none() | dates,
        "ends_on": st.none() | dates,
        "visibility": st.none() | visibilities,
        "instrument": st.none() | AGREEMENT["instrument"],
        "parent": st.none() | references,
        "themes": st.none() | st.just(["AGUA"]),
        "gates": st.none() | gates,
        "documents": st.none() | st.lists(documents, max_size=2),
        "objectives": st.none()
        | st.sampled_from([1, 1.0, 0.5, 1e15, "1.5"]).map(lambda n: [{"text": "é:1.5", "target": n}]),
    },
)


def some_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Data with all of *fields*, or any of them missing: required ones too, as after an erasure."""
    return st.fixed_dictionaries(fields) | st.fixed_dictionaries({}, optional=fields)


step = some_of(effective_on=dates, reason=titles)
FACTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "negotiation_opened": some_of(**AGREEMENT),
    "submitted_for_review": some_of(note=titles),
    "returned": some_of(reason=titles),
    "cleared": some_of(note=titles),
    "signed": some_of(**AGREEMENT),
    "reported": some_of(**AGREEMENT),
    "confirmed": some_of(note=titles),
    "withdrawn": some_of(reason=titles),
    "gate_updated": some_of(
        gate=st.sampled_from(["legal", "federal"]),
        status=st.sampled_from(["pending", "favourable"]),
        since=dates,
        evidence=titles,
    ),
    "entered_into_force": some_of(effective_on=dates),
    "amended": some_of(effective_on=dates, changes=changes, document=documents),
    "corrected": some_of(changes=changes, reason=titles),
    "renewed": some_of(signed_on=dates, ends_on=st.none() | dates, document=documents),
    "suspended": step,
    "resumed": step,
    "completed": step,
    "terminated": step,
    "superseded": some_of(by=references),
    "merged": some_of(into=references),
    "document_attached": some_of(document=documents),
    "voided": some_of(reason=titles),
    "question_asked": some_of(text=titles, answer_by=dates),
    "question_answered": some_of(text=titles),
}


PHASES = [
    ["negotiation_opened", "submitted_for_review", "returned", "cleared", "withdrawn"],
    ["entered_into_force", "suspended", "resumed", "renewed", "confirmed"],
    ["completed", "terminated", "superseded", "merged", "voided", "reported", "confirmed"],
    ["gate_updated", "gate_updated", "amended", "corrected"],
    ["document_attached", "amended", "renewed", "corrected"],
    ["question_asked", "question_asked", "question_answered", "terminated"],
]


def notice(
    number: int, fact: str, data: dict[str, Any], time: datetime | None, *, own: bool = True
) -> Notice:
    """The notice with *number* about the one agreement of these tests."""
    return Notice(
        member=MEMBER,
        source=f"/s{number % 2}",
        id=str(number),
        type=f"br.malha.agreement.{fact}.v1",
        subject=SUBJECT,
        time=time,
        data=data,
        own=own,
    )


@st.composite
def lives(draw: st.DrawFn) -> list[Notice]:
    """All that is told of one agreement: any dates, some of it retracted or erased.

    Few kinds of facts in each life, so that those that have to do with each other meet.
    """
    kinds = draw(st.sampled_from([*PHASES, sorted(FACTS)]))
    facts = draw(
        st.lists(
            st.sampled_from(["signed", *kinds]).flatmap(
                lambda fact: st.tuples(st.just(fact), FACTS[fact], st.none() | st.sampled_from(INSTANTS))
            ),
            min_size=draw(st.sampled_from([0, 5])),
            max_size=8,
        )
    )
    whose = st.sampled_from([True, True, False])
    told = [
        notice(number, fact, data, time, own=draw(whose)) for number, (fact, data, time) in enumerate(facts)
    ]
    named = [*(n.protocol for n in told), notice(99, "signed", {}, None).protocol]
    for number, protocol in enumerate(draw(st.lists(st.sampled_from(named), max_size=2)), start=100):
        told.append(
            notice(number, "retracted", {"notice": protocol, "reason": "engano"}, None, own=draw(whose))
        )
    return told
