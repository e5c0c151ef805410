"""The fold as the contract says it (§2, "State of an agreement"): slow, obvious, nothing kept.

For each day all notices are filtered, sorted and replayed. It shares no code with the fold that it judges.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from unicodedata import normalize
from zoneinfo import ZoneInfo

from shared.notices.dates import ReducedDate
from shared.notices.envelope import Notice

NEVER = date.min
MOST_DOCUMENTS = 100
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
WRONG_RECORD = {"merged", "voided"}
CONVERSATION = {"question_asked", "question_answered"}
NEGOTIATING = {"negotiating", "under_review", "ready_to_sign"}
UNSIGNED = {"unknown", *NEGOTIATING}
ALIVE = {"signed", "in_force", "suspended"}
MOVES = {
    "entered_into_force": "in_force",
    "suspended": "suspended",
    "resumed": "in_force",
    "submitted_for_review": "under_review",
    "returned": "negotiating",
    "cleared": "ready_to_sign",
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
    retracted = {(n.data.get("notice"), n.own) for n in every if name(n) == "retracted"}
    facts = [
        n
        for n in every
        if name(n) != "retracted"
        and (n.protocol, False) not in retracted  # by the coordination: whatever was told
        and not (n.own and (n.protocol, True) in retracted)  # by the member: its own
    ]
    return sorted(
        facts,
        key=lambda n: (
            day_of(n), n.time or datetime.min.replace(tzinfo=UTC), TABLE.index(name(n)), n.source, n.id,
        ),
    )  # fmt: skip


def names_itself(notice: Notice) -> bool:
    """Whether an agreement is said to take its own place."""
    return name(notice) in {"superseded", "merged"} and other(notice) == notice.subject


def other(notice: Notice) -> str | None:
    """The subject that stands in this one's place; None if none is told."""
    told = notice.data.get("by") or notice.data.get("into")
    subject = None if told is None else normalize("NFC", told.strip())
    return None if subject in {"", "-"} else subject


def up_to_the_end(notices: Sequence[Notice]) -> list[Notice]:
    """The ordered *notices*, up to and with the first that ends the agreement."""
    for index, notice in enumerate(notices):
        if name(notice) in FINAL and not names_itself(notice):
            return list(notices[: index + 1])
    return list(notices)


def changed(notice: Notice, data: dict[str, Any]) -> dict[str, Any]:
    """What a fact does to *data* from its day on."""
    told = notice.data
    change: dict[str, Any] = {}
    match name(notice):
        case "amended":
            change = dict(told.get("changes") or {})
        case "entered_into_force" if told.get("effective_on") is not None:
            change = {"effective_on": told["effective_on"]}
        case "renewed" if "ends_on" in told:
            change = {"ends_on": told["ends_on"]}
        case "gate_updated" if told.get("gate") is not None and told.get("status") is not None:
            stands = {key: value for key, value in told.items() if key != "gate" and value is not None}
            change = {"gates": {**(data.get("gates") or {}), told["gate"]: stands}}
    if name(notice) in {"amended", "renewed", "document_attached"} and told.get("document") is not None:
        documents = {**data, **change}.get("documents") or []
        if told["document"] not in documents and len(documents) < MOST_DOCUMENTS:
            change["documents"] = [*documents, told["document"]]
    return change


def tellings(notices: Sequence[Notice]) -> list[Notice]:
    """What counts for the data: after the end only one that tells the agreement for the first time."""
    alive = up_to_the_end(notices)
    late = [notice for notice in notices[len(alive) :] if name(notice) in FIRST_TELLINGS]
    if late and not any(name(notice) in FIRST_TELLINGS for notice in alive):
        return [*alive, late[0]]
    return alive


def data_on(notices: Sequence[Notice], day: date) -> dict[str, Any]:
    """The agreement's data on *day*; *notices* in order."""
    return told_on(notices, day)[0]


def told_on(notices: Sequence[Notice], day: date) -> tuple[dict[str, Any], dict[str, str]]:
    """The agreement's data on *day*, and the protocol of the notice that told each field last."""
    data: dict[str, Any] = {}
    tellers: dict[str, str] = {}
    corrected: set[str] = set()
    for notice in tellings(notices):
        named: dict[str, Any] = {}
        if name(notice) in FIRST_TELLINGS:
            named = {field: value for field, value in notice.data.items() if field not in corrected}
        elif name(notice) == "corrected":
            named = dict(notice.data.get("changes") or {})
            corrected.update(named)
        elif day_of(notice) <= day:
            named = changed(notice, data)
        data.update(named)
        tellers.update(dict.fromkeys(named, notice.protocol))
    data.pop("visibility", None)
    told = {field: value for field, value in data.items() if value is not None or field == "ends_on"}
    return told, tellers


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
            if not names_itself(notice):
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


def uncounted_from(notices: Iterable[Notice]) -> date | None:
    """From when the record is void or merged into another, before or after an end; *notices* in order."""
    wrong = [n for n in notices if name(n) in WRONG_RECORD and not names_itself(n)]
    return day_of(wrong[0]) if wrong else None


def successor(notices: Sequence[Notice]) -> tuple[str, str, str] | None:
    """(kind, subject, protocol) of what stands in the agreement's place; *notices* in order."""
    found = None
    last = up_to_the_end(notices)[-1:]
    wrong = [n for n in notices if name(n) in WRONG_RECORD and not names_itself(n)][:1]
    for notice in [*last, *wrong]:
        if name(notice) in {"superseded", "merged"} and other(notice) and not names_itself(notice):
            found = (name(notice), str(other(notice)), notice.protocol)
    return found


def confirmed_on(notices: Sequence[Notice]) -> date | None:
    """The last day for which the agreement was confirmed to be alive; *notices* in order."""
    days = [day_of(notice) for notice in up_to_the_end(notices) if name(notice) == "confirmed"]
    return days[-1] if days else None


def conversation(notices: Sequence[Notice]) -> tuple[list[tuple[Any, ...]], list[str]]:
    """The questions (asked by, text, answered by, answer), and the protocols of answers to nothing."""
    asked: list[list[Any]] = []
    astray = []
    for notice in notices:
        if name(notice) == "question_asked":
            asked.append([notice.protocol, notice.data.get("text"), None, None])
        elif name(notice) == "question_answered":
            waiting = [question for question in asked if question[2] is None]
            if waiting:
                waiting[0][2:] = [notice.protocol, notice.data.get("text")]
            else:
                astray.append(notice.protocol)
    return [tuple(question) for question in asked], astray


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
