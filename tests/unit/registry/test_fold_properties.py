"""The fold against a slow and obvious reference, and against itself in every order."""

from datetime import date, timedelta
from itertools import pairwise

import msgspec
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry import rulebook
from services.registry.folding import fold as folding
from services.registry.folding.rules import CODES, Rules
from shared.notices.envelope import Notice
from tests.support import reference_fold as reference
from tests.support.lives import MEMBER, SUBJECT, lives
from tests.support.reference_doubts import contradictions

RULES = Rules(rulebook.first_rules(), version=1)


def folded(notices: list[Notice]) -> bytes:
    """The agreement of *notices*, judged by the rules of the first day, as bytes."""
    return folding.encode(folding.agreement(folding.fold(MEMBER, SUBJECT, notices), RULES))


@given(lives())
@settings(max_examples=150)
def test_each_day_is_as_the_reference_says(notices: list[Notice]) -> None:
    """Whatever is told, state and data of each day are what replaying the contract's words gives."""
    agreement = folding.agreement(folding.fold(MEMBER, SUBJECT, notices))
    for day in reference.days_worth_asking(notices):
        segment = agreement.on(day)
        assert (segment.state, segment.data) == reference.on(notices, day), day


@given(lives())
@settings(max_examples=150)
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
@settings(max_examples=60)
def test_rules_add_contradictions_and_change_nothing_else(notices: list[Notice]) -> None:
    """The registry records, it never authorises: what a gate asks is a remark about the signature."""
    accumulator = folding.fold(MEMBER, SUBJECT, notices)
    plain, judged = folding.agreement(accumulator), folding.agreement(accumulator, RULES)
    added = judged.contradictions[len(plain.contradictions) :]
    assert {found.code for found in added} <= CODES
    assert {found.protocol for found in added} <= {plain.signed_by}
    assert judged == msgspec.structs.replace(
        plain,
        contradictions=plain.contradictions + added,
        contradiction_count=plain.contradiction_count + len(added),
    )


@given(lives())
@settings(max_examples=80)
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
@settings(max_examples=80)
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
@settings(max_examples=80)
def test_any_order_and_any_duplication_give_the_same_bytes(
    notices: list[Notice], data: st.DataObject
) -> None:
    """853 offices, bad lines: what arrives late or twice changes nothing."""
    repeated = data.draw(st.lists(st.sampled_from(notices), max_size=4)) if notices else []
    shuffled = data.draw(st.permutations(notices + repeated))
    assert folded(list(shuffled)) == folded(notices)


@given(lives())
@settings(max_examples=80)
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
@settings(max_examples=80)
def test_in_fold_order_no_notice_asks_for_a_refold(notices: list[Notice]) -> None:
    """A notice later than all before it is taken in by itself, even if its retraction came before it."""
    facts = sorted((n for n in notices if not folding.is_retraction(n)), key=folding.order_key)
    retractions = [n for n in notices if folding.is_retraction(n)]
    accumulator = folding.fold(MEMBER, SUBJECT, retractions)
    for arrived in facts:
        accumulator = folding.advance(accumulator, arrived)
    assert folding.encode(accumulator) == folding.encode(folding.fold(MEMBER, SUBJECT, notices))


@given(lives())
@settings(max_examples=80)
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
@settings(max_examples=80)
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
