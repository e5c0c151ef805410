"""What does not fit together, as the decisions say it: slow, obvious, beside the reference fold."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import takewhile
from typing import Any

from shared.notices.dates import ReducedDate
from shared.notices.envelope import Notice
from tests.support.reference_fold import (
    ALIVE,
    CONVERSATION,
    FIRST_TELLINGS,
    MOVES,
    NEGOTIATING,
    NEVER,
    SIGNATURES,
    UNSIGNED,
    conversation,
    day_of,
    in_order,
    name,
    names_itself,
    signed_from,
    state_on,
    told_date,
    told_on,
    up_to_the_end,
)

SUPPOSES = {
    "negotiation_opened": UNSIGNED,
    "submitted_for_review": NEGOTIATING,
    "returned": {"under_review", "ready_to_sign"},
    "cleared": {"under_review", "ready_to_sign"},
    "confirmed": ALIVE | NEGOTIATING,
    "withdrawn": NEGOTIATING,
    "entered_into_force": {"signed", "in_force"},
    "amended": ALIVE,
    "renewed": ALIVE,
    "suspended": {"in_force"},
    "resumed": {"suspended"},
    "completed": ALIVE | {"expired"},
    "terminated": ALIVE,
    "superseded": ALIVE | {"expired"},
}
SUPPOSES_A_TELLING = {"corrected", "gate_updated", "document_attached"}


def contradictions(notices: Iterable[Notice]) -> list[tuple[str, str]]:
    """(code, protocol) of all that does not fit together."""
    every = list(notices)
    ordered = in_order(every)
    ended = len(up_to_the_end(ordered))
    _, astray = conversation(ordered)
    found = []
    for index, notice in enumerate(ordered):
        if name(notice) in CONVERSATION:
            codes = ["answers_nothing"] if notice.protocol in astray else []
        elif index >= ended:
            codes = ["after_final_state"]
        else:
            codes = list(_codes(notice, ordered[:index], ordered))
        found += [(code, notice.protocol) for code in codes]
    return found + _moot_retractions(every) + list(_of_data(ordered))


def _codes(notice: Notice, before: Sequence[Notice], ordered: Sequence[Notice]) -> Iterator[str]:
    """What is wrong with *notice*, which comes after *before* and not after the end."""
    told = any(name(n) in FIRST_TELLINGS for n in ordered)
    state = state_on([*before, notice] if name(notice) in FIRST_TELLINGS else before, day_of(notice))
    supposed = SUPPOSES.get(name(notice), {state})
    if name(notice) in SIGNATURES:
        first = not any(name(n) in SIGNATURES for n in before)
        if first and told_date(notice) and _in_force_since(before, notice):
            yield "signed_after_entry_into_force"
    elif names_itself(notice):
        yield "own_successor"
    elif name(notice) in SUPPOSES_A_TELLING:
        if not told:
            yield "never_told"
    elif name(notice) == "renewed" and state == "expired":
        yield "late_renewal"
    elif state not in supposed:
        yield from _unsupposed(state, supposed, before, ordered)
    ends_on = notice.data.get("ends_on") if name(notice) == "renewed" else None
    if ends_on is not None and ReducedDate.parse(ends_on).last_day < day_of(notice):
        yield "renewed_into_the_past"


def _unsupposed(
    state: str, supposed: set[str], before: Sequence[Notice], ordered: Sequence[Notice]
) -> Iterator[str]:
    """Why *state* is none of those *supposed*; nothing if what is told later explains it."""
    told = any(name(n) in FIRST_TELLINGS for n in ordered)
    told_before = any(name(n) in FIRST_TELLINGS for n in before)
    if state in UNSIGNED and not supposed & UNSIGNED and signed_from(before) is None:
        if signed_from(ordered) is None:
            yield "never_signed" if told else "never_told"
    elif state == "unknown" and not told_before:
        if not told:
            yield "never_told"
    else:
        yield "already_expired" if state == "expired" else "unexpected_state"


def _in_force_since(before: Sequence[Notice], notice: Notice) -> bool:
    """Whether before *notice*, on a day that is known, a state was reached that needs a signature."""
    by_day = {day_of(n): MOVES[name(n)] for n in before if name(n) in MOVES and day_of(n) < day_of(notice)}
    moved = [(state, day) for day, state in by_day.items()]  # of a day the last holds, and no other ever did
    if not moved or moved[-1][0] in UNSIGNED:
        return False
    last_run = list(takewhile(lambda move: move[0] == moved[-1][0], reversed(moved)))
    return last_run[-1][1] > NEVER


def _moot_retractions(notices: Sequence[Notice]) -> list[tuple[str, str]]:
    facts = [notice for notice in notices if name(notice) != "retracted"]
    there = {(notice.protocol, own) for notice in facts for own in (notice.own, False)}
    by_named: dict[tuple[Any, bool], str] = {}
    for notice in notices:
        named = (notice.data.get("notice"), notice.own)
        if name(notice) == "retracted" and named[0] is not None and named not in there:
            by_named[named] = min(notice.protocol, by_named.get(named, notice.protocol))
    return [("retracts_nothing", by) for _, by in sorted((named, by) for (named, _), by in by_named.items())]


def _of_data(ordered: Sequence[Notice]) -> Iterator[tuple[str, str]]:
    """What contradicts itself in the data as they are at last."""
    data, tellers = told_on(ordered, date.max)
    ends_on = data.get("ends_on")
    for field, code in (("effective_on", "ends_before_start"), ("signed_on", "ends_before_signature")):
        if ends_on is None or field not in data:
            continue
        if ReducedDate.parse(ends_on).last_day < ReducedDate.parse(data[field]).first_day:
            yield code, tellers["ends_on"]
    parent = data.get("parent")
    if parent is not None and parent.strip() == ordered[0].subject:
        yield "own_parent", tellers["parent"]
    elif parent is None and data.get("instrument") == "ADT":
        yield "amends_nothing", tellers["instrument"]
