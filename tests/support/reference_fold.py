"""The fold as the contract says it (§2, "State of an agreement"): slow, obvious, nothing kept.

For each day all notices are filtered, sorted and replayed. It shares no code with the fold that it judges.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.notices.dates import ReducedDate
from shared.notices.envelope import Notice

NEVER = date.min
TABLE = (
    "negotiation_opened", "submitted_for_review", "returned", "cleared",
    "signed", "reported", "confirmed", "withdrawn", "gate_updated", "entered_into_force", "amended",
    "corrected", "renewed", "suspended", "resumed", "completed", "terminated", "superseded", "merged",
    "document_attached", "retracted", "voided", "question_asked", "question_answered",
)  # fmt: skip
FIRST_TELLINGS = {"negotiation_opened", "signed", "reported"}
SIGNATURES = {"signed", "reported"}
FINAL = {
    "completed": "completed", "terminated": "terminated", "superseded": "superseded", "merged": "superseded",
    "withdrawn": "withdrawn", "voided": "void",
}  # fmt: skip
UNSIGNED = {"unknown", "negotiating", "under_review", "ready_to_sign"}
ALIVE = {"signed", "in_force", "suspended"}
MOVES = {
    "entered_into_force": "in_force",
    "suspended": "suspended",
    "resumed": "in_force",
    "cleared": "ready_to_sign",
}
SUPPOSES = {
    "entered_into_force": {"signed", "in_force"},
    "amended": ALIVE,
    "renewed": ALIVE | {"expired"},
    "suspended": {"in_force"},
    "resumed": {"suspended"},
    "terminated": ALIVE,
    "withdrawn": UNSIGNED,
    "cleared": UNSIGNED - {"unknown"},
}


class Day(NamedTuple):
    """What holds on one day."""

    state: str
    data: dict[str, Any]


def name(notice: Notice) -> str:
    """The fact's name: the last word but one of its type."""
    return notice.type.split(".")[-2]


def told_date(notice: Notice) -> ReducedDate | None:
    """Of a first telling signed_on; otherwise the first present of effective_on, signed_on, since."""
    fields = ["signed_on"] if name(notice) in FIRST_TELLINGS else ["effective_on", "signed_on", "since"]
    present = [notice.data[field] for field in fields if notice.data.get(field) is not None]
    return ReducedDate.parse(present[0]) if present else None


def day_of(notice: Notice) -> date:
    """Its business date, a reduced one's first day; none: the day of `time`; neither: first."""
    told = told_date(notice)
    if told is not None:
        return told.first_day
    if notice.time is not None:
        return notice.time.astimezone(ZoneInfo("America/Sao_Paulo")).date()
    return NEVER


def in_order(notices: Iterable[Notice]) -> list[Notice]:
    """What was not retracted, each once, in the order of the fold."""
    every = {(notice.source, notice.id): notice for notice in notices}.values()
    retracted = {notice.data.get("notice") for notice in every if name(notice) == "retracted"}
    facts = [n for n in every if name(n) != "retracted" and n.protocol not in retracted]
    return sorted(
        facts,
        key=lambda n: (
            day_of(n), n.time or datetime.min.replace(tzinfo=UTC), TABLE.index(name(n)), n.source, n.id,
        ),
    )  # fmt: skip


def up_to_the_end(notices: Sequence[Notice]) -> list[Notice]:
    """The ordered *notices*, up to and with the first that ends the agreement."""
    for index, notice in enumerate(notices):
        if name(notice) in FINAL:
            return list(notices[: index + 1])
    return list(notices)


def changes_of(notice: Notice) -> dict[str, Any]:
    """What a fact does to the data from its day on."""
    match name(notice):
        case "amended":
            return dict(notice.data.get("changes") or {})
        case "entered_into_force" if notice.data.get("effective_on") is not None:
            return {"effective_on": notice.data["effective_on"]}
        case "renewed" if "ends_on" in notice.data:
            return {"ends_on": notice.data["ends_on"]}
    return {}


def tellings(notices: Sequence[Notice]) -> list[Notice]:
    """What counts for the data: after the end only one that tells the agreement for the first time."""
    alive = up_to_the_end(notices)
    late = [notice for notice in notices[len(alive) :] if name(notice) in FIRST_TELLINGS]
    if late and not any(name(notice) in FIRST_TELLINGS for notice in alive):
        return [*alive, late[0]]
    return alive


def data_on(notices: Sequence[Notice], day: date) -> dict[str, Any]:
    """The agreement's data on *day*; *notices* in order."""
    data: dict[str, Any] = {}
    corrected: set[str] = set()
    for notice in tellings(notices):
        named: dict[str, Any] = {}
        if name(notice) in FIRST_TELLINGS:
            named = {field: value for field, value in notice.data.items() if field not in corrected}
        elif name(notice) == "corrected":
            named = dict(notice.data.get("changes") or {})
            corrected.update(named)
        elif day_of(notice) <= day:
            named = changes_of(notice)
        data.update(named)
    data.pop("visibility", None)
    return {field: value for field, value in data.items() if value is not None or field == "ends_on"}


def signed_from(notices: Sequence[Notice]) -> date | None:
    """From when it counts as signed; *notices* in order."""
    alive = up_to_the_end(notices)
    withdrawn = any(name(notice) == "withdrawn" for notice in alive)
    candidates = alive if withdrawn else tellings(notices)
    signatures = [notice for notice in candidates if name(notice) in SIGNATURES]
    if not signatures:
        return None
    corrections = [
        notice.data["changes"]["signed_on"]
        for notice in alive
        if name(notice) == "corrected" and "signed_on" in (notice.data.get("changes") or {})
    ]
    if corrections and corrections[-1] is not None:
        return ReducedDate.parse(corrections[-1]).first_day
    return day_of(signatures[0])


def state_on(notices: Sequence[Notice], day: date) -> str:
    """The agreement's state on *day*; *notices* in order."""
    if not notices:
        return "unknown"
    state = "unknown"
    prefix: list[Notice] = []
    for notice in up_to_the_end(notices):
        if day_of(notice) <= day:
            if name(notice) == "negotiation_opened" and state_on(prefix, day_of(notice)) == "unknown":
                state = "negotiating"
            state = MOVES.get(name(notice), FINAL.get(name(notice), state))
        prefix.append(notice)
    if state in FINAL.values():
        return state
    data = data_on(notices, day)
    signed = signed_from(notices)
    if state in UNSIGNED and signed is not None and signed <= day:
        state = "signed"
    if state == "signed" and data.get("effective_on") is not None:
        state = "in_force" if ReducedDate.parse(data["effective_on"]).first_day <= day else "signed"
    if (
        state in ALIVE
        and data.get("ends_on") is not None
        and ReducedDate.parse(data["ends_on"]).last_day < day
    ):
        state = "expired"
    return state


def on(notices: Iterable[Notice], day: date) -> Day:
    """State and data on *day*."""
    ordered = in_order(notices)
    return Day(state_on(ordered, day), data_on(ordered, day))


def visibility(notices: Iterable[Notice]) -> str:
    """The last in fold order holds; a first telling does not overwrite what was corrected."""
    found, corrected = None, False
    ordered = in_order(notices)
    if not any(name(notice) in FIRST_TELLINGS for notice in ordered):
        return "restricted"
    for notice in ordered:
        if name(notice) in FIRST_TELLINGS and "visibility" in notice.data and not corrected:
            found = notice.data["visibility"]
        changes = notice.data.get("changes") or {}
        if "visibility" in changes:
            found = changes["visibility"]
            corrected = corrected or name(notice) == "corrected"
    return found or ("public" if ordered and signed_from(ordered) is not None else "network")


def contradictions(notices: Iterable[Notice]) -> list[tuple[str, str]]:
    """(code, protocol) of all that does not fit together."""
    every = list(notices)
    ordered = in_order(every)
    ended = len(up_to_the_end(ordered))
    found = []
    for index, notice in enumerate(ordered):
        before, day = ordered[:index], day_of(notice)
        state = state_on(before, day)
        supposed = SUPPOSES.get(name(notice))
        if index >= ended:
            found.append(("after_final_state", notice.protocol))
        elif name(notice) in SIGNATURES:
            if told_date(notice) and not any(name(n) in SIGNATURES for n in before):
                moved = [(MOVES[name(n)], day_of(n)) for n in before if name(n) in MOVES and day_of(n) < day]
                if _past_signature_on_a_known_day(moved):
                    found.append(("signed_after_entry_into_force", notice.protocol))
        elif name(notice) == "renewed" and state == "expired":
            found.append(("late_renewal", notice.protocol))
        elif supposed is not None and state not in supposed:
            if state in UNSIGNED and not supposed & UNSIGNED and signed_from(before) is None:
                if signed_from(ordered) is None:
                    found.append(("never_signed", notice.protocol))
            else:
                code = "already_expired" if state == "expired" else "unexpected_state"
                found.append((code, notice.protocol))
    return found + _moot_retractions(every)


def _past_signature_on_a_known_day(moved: Sequence[tuple[str, date]]) -> bool:
    """Whether the state reached at last needs a signature, and the day on which it was reached is known."""
    if not moved or moved[-1][0] in UNSIGNED:
        return False
    last_run = list(takewhile(lambda move: move[0] == moved[-1][0], reversed(moved)))
    return last_run[-1][1] > NEVER


def _moot_retractions(notices: Sequence[Notice]) -> list[tuple[str, str]]:
    there = {notice.protocol for notice in notices if name(notice) != "retracted"}
    by_named: dict[str, str] = {}
    for notice in notices:
        named = notice.data.get("notice")
        if name(notice) == "retracted" and named is not None and named not in there:
            by_named[named] = min(notice.protocol, by_named.get(named, notice.protocol))
    return [("retracts_nothing", by) for _, by in sorted(by_named.items())]


def days_worth_asking(notices: Iterable[Notice]) -> list[date]:
    """Every day told anywhere, the day before and the day after, and both ends of time."""
    days = {date(1900, 1, 1), date(2200, 1, 1)}
    for notice in notices:
        told = [value for value in notice.data.values() if isinstance(value, str)]
        told += [value for value in (notice.data.get("changes") or {}).values() if isinstance(value, str)]
        days.add(day_of(notice))
        for text in told:
            try:
                read = ReducedDate.parse(text)
            except ValueError:
                continue
            days |= {read.first_day, read.last_day}
    return sorted(
        {day + timedelta(shift) for day in days if day > NEVER for shift in (-1, 0, 1)},
    )
