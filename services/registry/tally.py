"""What an agreement counts for. The counts are maintained: a click costs the same for 3 as for 3,000. Pure.

A contribution holds on days [from_day, to_day). Amendments, unilateral laws, and what was void or merged into
another are never counted as agreements.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple, cast

from services.registry.fold import Agreement, Segment
from shared.data import STATE
from shared.notices.dates import ReducedDate

ALWAYS: Final = date.min
FOREVER: Final = date.max
"""asyncpg writes date.max as 'infinity' and date.min as '-infinity'."""
EXPIRING_DAYS: Final = 90
MANDATE_BEGAN: Final = date(2025, 1, 1)
STATE_MANDATE_BEGAN: Final = date(2023, 1, 1)

_COUNTED: Final = ("participants", "instrument", "basis", "partners", "themes", "signed_on", "ends_on")
NEGOTIATING: Final = frozenset({"negotiating", "under_review", "ready_to_sign"})
ALIVE: Final = frozenset({"signed", "in_force", "suspended"})
WITHHELD: Final = "withheld"


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


def sharers(agreement: Agreement) -> tuple[str, ...]:
    """The member whose agreement it is, then all that ever took part in it."""
    told = agreement.spans(("participants",))
    return tuple(
        dict.fromkeys(
            (
                agreement.member,
                *(party["member"] for segment in told for party in segment.data.get("participants") or ()),
            )
        )
    )


def contributions(agreement: Agreement) -> frozenset[Contribution]:
    """Everything that *agreement* counts for, for its member and for each participant."""
    return frozenset(
        Contribution(member, measure, key, _visibility(agreement, member), first, end)
        for member in sharers(agreement)
        for (measure, key), first, end in spans(_figures(agreement, member))
    )


def deltas(old: Iterable[Contribution], new: Iterable[Contribution], today: date) -> list[Delta]:
    """What turns the counts of *old* into those of *new*; days that are past fall together on the first."""
    before, after = frozenset(old), frozenset(new)
    return summed(
        Delta(member, measure, key, visibility, day if day > today else ALWAYS, n)
        for sign, changed in ((-1, before - after), (1, after - before))
        for member, measure, key, visibility, first, end in changed
        for day, n in ((first, sign), (end, -sign))
        if day != FOREVER
    )


def summed(changes: Iterable[Delta]) -> list[Delta]:
    """*changes* with one of each figure and day; those that come to nothing are left out."""
    sums: dict[tuple[str, str, str, str, date], int] = {}
    for *at, n in changes:
        where = cast("tuple[str, str, str, str, date]", tuple(at))
        sums[where] = sums.get(where, 0) + n
    return [Delta(*where, n) for where, n in sums.items() if n]


def spans(marks: Iterable[tuple[Any, date, date]]) -> Iterator[tuple[Any, date, date]]:
    """*marks* (what, from_day, to_day) with neighbours of the same kind joined, empty ones dropped."""
    ordered = sorted(marks)
    for what, group in groupby(ordered, key=lambda mark: mark[0]):
        first = end = None
        for _, from_day, to_day in group:
            if from_day >= to_day:
                continue
            if end is not None and from_day <= end:
                end = max(end, to_day)
                continue
            if first is not None and end is not None:
                yield what, first, end
            first, end = from_day, to_day
        if first is not None and end is not None:
            yield what, first, end


def _visibility(agreement: Agreement, member: str) -> str:
    """A restricted agreement is for its own member, not for participants: their share is withheld."""
    if agreement.visibility == "restricted" and member != agreement.member:
        return WITHHELD
    return agreement.visibility


_Figure = tuple[tuple[str, str], date, date]


def _figures(agreement: Agreement, member: str) -> Iterator[_Figure]:
    if not agreement.told:
        return
    yield ("known", ""), ALWAYS, FOREVER
    if not agreement.counted:
        return
    for segment in agreement.spans(_COUNTED):
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
