"""What an agreement counts for. The counts are maintained: a click costs the same for 3 as for 3,000. Pure.

A contribution holds on days [from_day, to_day). Amendments, unilateral laws, and what was void or merged into
another are never counted as agreements.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from services.registry.fold import Agreement, Segment
from shared.data import STATE
from shared.notices.dates import ReducedDate

ALWAYS: Final = date.min
FOREVER: Final = date.max
"""asyncpg writes date.max as 'infinity' and date.min as '-infinity'."""
EXPIRING_DAYS: Final = 90
MANDATE_BEGAN: Final = date(2025, 1, 1)
STATE_MANDATE_BEGAN: Final = date(2023, 1, 1)

FIELDS: Final = ("participants", "instrument", "basis", "partners", "themes", "signed_on", "ends_on")
NEGOTIATING: Final = frozenset({"negotiating", "under_review", "ready_to_sign"})
ALIVE: Final = frozenset({"signed", "in_force", "suspended"})
WITHHELD: Final = "withheld"


What = TypeVar("What")


class Contribution(NamedTuple):
    """One more in a figure of *member* on the days [from_day, to_day)."""

    member: str
    measure: str
    key: str
    visibility: str
    from_day: date
    to_day: date


class Delta(NamedTuple):
    """A change of a figure from *day* on."""

    member: str
    measure: str
    key: str
    visibility: str
    day: date
    n: int


def days(segment: Segment) -> tuple[date, date]:
    """The days [from_day, to_day) of *segment*, as they are stored."""
    return segment.from_day or ALWAYS, segment.to_day or FOREVER


def contributions(agreement: Agreement, segments: Sequence[Segment]) -> tuple[Contribution, ...]:
    """Everything that *agreement* counts for, for its member and for each participant.

    *segments* are its time line, as far as the fields FIELDS tell it.
    """
    if not agreement.told:
        return ()
    sharers = dict.fromkeys(
        (
            agreement.member,
            *(party["member"] for segment in segments for party in segment.data.get("participants") or ()),
        )
    )
    return tuple(
        Contribution(member, measure, key, _visibility(agreement, member), first, end)
        for member in sharers
        for (measure, key), first, end in spans(_figures(agreement, segments, member))
    )


def beyond(rows: Collection[What], others: Collection[What]) -> Collection[What]:
    """Those of *rows* that are not among *others*."""
    if not others:
        return rows
    known = frozenset(others)
    return [row for row in rows if row not in known]


def deltas(old: Collection[Contribution], new: Collection[Contribution], today: date) -> Iterator[Delta]:
    """What turns the counts of *old* into those of *new*; days that are past fall together on the first."""
    for sign, changed in ((-1, beyond(old, new)), (1, beyond(new, old))):
        for member, measure, key, visibility, first, end in changed:
            yield Delta(member, measure, key, visibility, first if first > today else ALWAYS, sign)
            if end != FOREVER:
                yield Delta(member, measure, key, visibility, end if end > today else ALWAYS, -sign)


def summed(changes: Iterable[Delta]) -> list[Delta]:
    """*changes* with one of each figure and day; those that come to nothing are left out."""
    sums: dict[tuple[str, str, str, str, date], int] = {}
    for member, measure, key, visibility, day, n in changes:
        at = (member, measure, key, visibility, day)
        sums[at] = sums.get(at, 0) + n
    return [Delta(*at, n) for at, n in sums.items() if n]


def spans(marks: Iterable[tuple[What, date, date]]) -> list[tuple[What, date, date]]:
    """*marks* (what, from_day, to_day), in order of days, with neighbours of the same kind joined."""
    runs: dict[What, list[tuple[What, date, date]]] = {}
    for what, first, end in marks:
        if first >= end:
            continue
        run = runs.setdefault(what, [])
        if run and run[-1][2] >= first:
            run[-1] = (what, run[-1][1], max(end, run[-1][2]))
        else:
            run.append((what, first, end))
    return [span for run in runs.values() for span in run]


def _visibility(agreement: Agreement, member: str) -> str:
    """A restricted agreement is for its own member, not for participants: it alone may count their share."""
    if agreement.visibility == "restricted" and member != agreement.member:
        return f"{WITHHELD}:{agreement.member}"
    return agreement.visibility


_Figure = tuple[tuple[str, str], date, date]


def _figures(agreement: Agreement, segments: Sequence[Segment], member: str) -> Iterator[_Figure]:
    yield ("known", ""), ALWAYS, FOREVER
    if not agreement.counted:
        return
    for segment in segments:
        if member == agreement.member or _takes_part(segment, member):
            yield from _figures_of(segment, agreement.signed_from, member)


def _figures_of(segment: Segment, signed_from: date | None, member: str) -> Iterator[_Figure]:
    first, end = days(segment)
    data = segment.data
    signed = FOREVER if signed_from is None else max(first, signed_from)
    if data.get("instrument") == "ADT":
        return
    if data.get("instrument") == "IRM_DECL" or data.get("basis") == "unilateral_law":
        yield ("unilateral", ""), signed, end
        return
    yield ("signed_ever", ""), signed, end
    if _in_mandate(data, member):
        yield ("signed_mandate", ""), signed, end
    for country in {partner.get("country") for partner in data.get("partners") or ()} - {None}:
        yield ("by_country", country), signed, end
    for theme in set(data.get("themes") or ()):
        yield ("by_theme", theme), signed, end
    if segment.state in NEGOTIATING:
        yield ("negotiating", ""), first, end
    if segment.state == "in_force":
        yield ("in_force", ""), first, end
    if segment.state in ALIVE and (ends_on := data.get("ends_on")):
        last = ReducedDate.parse(ends_on).last_day
        yield ("expiring_90_days", ""), max(first, last - timedelta(EXPIRING_DAYS)), end


def _takes_part(segment: Segment, member: str) -> bool:
    return any(participant["member"] == member for participant in segment.data.get("participants") or ())


def _in_mandate(data: Mapping[str, Any], member: str) -> bool:
    signed_on = data.get("signed_on")
    began = STATE_MANDATE_BEGAN if member == STATE else MANDATE_BEGAN
    return signed_on is not None and ReducedDate.parse(signed_on).first_day >= began
