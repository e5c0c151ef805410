"""The fold against a slow and obvious reference, and against itself in every order."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry import fold as folding
from shared.notices.envelope import Notice
from tests.support import reference_fold as reference
from tests.support.reference_doubts import contradictions

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


def notice(number: int, fact: str, data: dict[str, Any], time: datetime | None) -> Notice:
    """The notice with *number* about the one agreement of these tests."""
    return Notice(
        member=MEMBER,
        source=f"/s{number % 2}",
        id=str(number),
        type=f"br.malha.agreement.{fact}.v1",
        subject=SUBJECT,
        time=time,
        data=data,
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
    told = [notice(number, fact, data, time) for number, (fact, data, time) in enumerate(facts)]
    named = [*(n.protocol for n in told), notice(99, "signed", {}, None).protocol]
    for number, protocol in enumerate(draw(st.lists(st.sampled_from(named), max_size=2)), start=100):
        told.append(notice(number, "retracted", {"notice": protocol, "reason": "engano"}, None))
    return told


def folded(notices: list[Notice]) -> bytes:
    """The agreement of *notices*, as bytes."""
    return folding.encode(folding.agreement(folding.fold(MEMBER, SUBJECT, notices)))


@given(lives())
@settings(max_examples=300, deadline=None)
def test_each_day_is_as_the_reference_says(notices: list[Notice]) -> None:
    """Whatever is told, state and data of each day are what replaying the contract's words gives."""
    agreement = folding.agreement(folding.fold(MEMBER, SUBJECT, notices))
    for day in reference.days_worth_asking(notices):
        segment = agreement.on(day)
        assert (segment.state, segment.data) == reference.on(notices, day), day


@given(lives())
@settings(max_examples=300, deadline=None)
def test_contradictions_and_visibility_are_as_the_reference_says(notices: list[Notice]) -> None:
    """What depends on no day: who may see it, what does not fit, from when it counts as signed."""
    agreement = folding.agreement(folding.fold(MEMBER, SUBJECT, notices))
    ordered = reference.in_order(notices)
    assert agreement.visibility == reference.visibility(notices)
    assert [(found.code, found.protocol) for found in agreement.contradictions] == contradictions(notices)
    assert agreement.contradiction_count == len(agreement.contradictions)
    assert agreement.signed_from == reference.signed_from(ordered)
    assert agreement.uncounted_from == reference.uncounted_from(ordered)
    assert agreement.confirmed_on == reference.confirmed_on(ordered)


@given(lives())
@settings(max_examples=200, deadline=None)
def test_successor_and_questions_are_as_the_reference_says(notices: list[Notice]) -> None:
    """What stands in its place, and what was asked and answered."""
    agreement = folding.agreement(folding.fold(MEMBER, SUBJECT, notices))
    ordered = reference.in_order(notices)
    found = agreement.successor
    assert (found and (found.kind, found.subject, found.protocol)) == reference.successor(ordered)
    questions = [
        (asked.protocol, asked.text, asked.answer_protocol, asked.answer) for asked in agreement.questions
    ]
    assert questions == reference.conversation(ordered)[0]


@given(lives(), st.data())
@settings(max_examples=150, deadline=None)
def test_going_on_from_any_point_is_folding_anew(notices: list[Notice], data: st.DataObject) -> None:
    """What is kept on the way, through storage, and what is beyond it come to the same as everything."""
    facts = sorted((n for n in notices if not folding.is_retraction(n)), key=folding.order_key)
    retractions = [n for n in notices if folding.is_retraction(n)]
    taken = data.draw(st.integers(0, len(facts)))
    before = [n for n in retractions if data.draw(st.booleans())]
    there = {n.protocol for n in facts[:taken]}
    before += [n for n in retractions if n not in before and n.data["notice"] in there]
    kept = folding.decode(folding.encode(folding.fold(MEMBER, SUBJECT, [*facts[:taken], *before])))
    beyond = data.draw(st.permutations([*facts[taken:], *(n for n in retractions if n not in before)]))
    assert folding.encode(folding.resume(kept, beyond)) == folding.encode(
        folding.fold(MEMBER, SUBJECT, notices)
    )


@given(lives(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_order_and_any_duplication_give_the_same_bytes(
    notices: list[Notice], data: st.DataObject
) -> None:
    """853 offices, bad lines: what arrives late or twice changes nothing."""
    repeated = data.draw(st.lists(st.sampled_from(notices), max_size=4)) if notices else []
    shuffled = data.draw(st.permutations(notices + repeated))
    assert folded(list(shuffled)) == folded(notices)


@given(lives())
@settings(max_examples=150, deadline=None)
def test_advancing_by_one_is_folding_anew(notices: list[Notice]) -> None:
    """Notices taken in as they arrive, through storage, end in what folding all of them gives."""
    accumulator = folding.start(MEMBER, SUBJECT)
    taken: list[Notice] = []
    for arrived in notices:
        taken.append(arrived)
        if folding.can_advance(accumulator, arrived):
            accumulator = folding.advance(folding.decode(folding.encode(accumulator)), arrived)
        else:
            accumulator = folding.fold(MEMBER, SUBJECT, taken)
        assert folding.encode(accumulator) == folding.encode(folding.fold(MEMBER, SUBJECT, taken))


@given(lives())
@settings(max_examples=200, deadline=None)
def test_in_fold_order_no_notice_asks_for_a_refold(notices: list[Notice]) -> None:
    """A notice later than all before it is taken in by itself, even if its retraction came before it."""
    facts = sorted((n for n in notices if not folding.is_retraction(n)), key=folding.order_key)
    retractions = [n for n in notices if folding.is_retraction(n)]
    accumulator = folding.fold(MEMBER, SUBJECT, retractions)
    for arrived in facts:
        accumulator = folding.advance(accumulator, arrived)
    assert folding.encode(accumulator) == folding.encode(folding.fold(MEMBER, SUBJECT, notices))


@given(lives())
@settings(max_examples=200, deadline=None)
def test_segments_cover_all_of_time_once(notices: list[Notice]) -> None:
    """No day without an answer, no day with two, no border where nothing changes."""
    agreement = folding.agreement(folding.fold(MEMBER, SUBJECT, notices))
    segments = agreement.segments
    assert segments[0].from_day is None
    assert segments[-1].to_day is None
    for earlier, later in pairwise(segments):
        assert earlier.to_day == later.from_day is not None
        assert (earlier.state, earlier.data) != (later.state, later.data)
    for segment in segments:
        assert agreement.on(segment.from_day or date(1000, 1, 1)) == segment
        assert segment.to_day is None or agreement.on(segment.to_day - timedelta(1)) == segment


@given(lives())
@settings(max_examples=200, deadline=None)
def test_what_is_stored_is_read_back(notices: list[Notice]) -> None:
    """Accumulator and agreement survive their way through canonical JSON."""
    accumulator = folding.fold(MEMBER, SUBJECT, notices)
    agreement = folding.agreement(accumulator)
    assert folding.decode(folding.encode(accumulator)) == accumulator
    assert folding.decode_agreement(folding.encode(agreement)) == agreement
    for folded_form in (accumulator, agreement):
        assert folding.encode(folded_form) == rfc8785.dumps(
            msgspec.json.decode(msgspec.json.encode(folded_form))
        )
