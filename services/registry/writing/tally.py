"""What an agreement counts for. The counts are maintained: a click costs the same for 3 as for 3,000. Pure.

A contribution holds on days [from_day, to_day). Amendments, unilateral laws, and what was void or merged into
another are never counted as agreements.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import UNSET

from services.registry.folding.agreement import Agreement, Value, value_on
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
KNOWN: Final = "known"
"""On every day of whoever took part on any: nothing known is null, not zero."""


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


Run = tuple[date, date, dict[str, Any]]
"""Days [from_day, to_day), and the data that hold on them."""
Stages = Sequence[tuple[str, date, date]]
"""The states, each with its days [from_day, to_day): the whole time line, without gaps."""


def runs(agreement: Agreement, fields: Collection[str] = FIELDS) -> list[Run]:
    """The time line as far as *fields* tell it, without gaps; one run where none of them changes."""
    told, always = agreement.fields, {}
    for field in fields:
        values = told.get(field)
        if not values:
            continue
        if len(values) > 1 or values[0].day != ALWAYS:
            return _runs({name: told[name] for name in fields if name in told})
        if values[0].value is not UNSET:
            always[field] = values[0].value
    return [(ALWAYS, FOREVER, always)]


def _runs(chosen: Mapping[str, Sequence[Value]]) -> list[Run]:
    days = {value.day for values in chosen.values() for value in values}
    found = []
    for day, end in pairwise([*sorted(days | {ALWAYS}), FOREVER]):
        held = {name: value_on(values, day) for name, values in chosen.items()}
        found.append((day, end, {name: value for name, value in held.items() if value is not UNSET}))
    return found


def stages(agreement: Agreement) -> Stages:
    """The states over the whole time line."""
    points = [(stage.day, stage.state) for stage in agreement.stages]
    if not points or points[0][0] != ALWAYS:
        points.insert(0, (ALWAYS, "unknown"))
    ends = [day for day, _ in points[1:]]
    return [(state, day, end) for (day, state), end in zip(points, [*ends, FOREVER], strict=True)]


def within(stages: Stages, first: date, end: date) -> Stages:
    """Those of *stages* that meet the days [first, end), cut to them."""
    if first == ALWAYS and end == FOREVER:
        return stages
    return [
        (state, max(begins, first), min(ends, end))
        for state, begins, ends in stages
        if begins < end and ends > first
    ]


def contributions(
    agreement: Agreement, runs: Sequence[Run], stages: Stages, sharers: Iterable[str] = ()
) -> list[Contribution]:
    """Everything that *agreement* counts for, for its member and for each participant.

    *runs* are its time line, as far as the fields FIELDS tell it; *sharers* took part before it begins.
    """
    if not agreement.told:
        return []
    members = dict.fromkeys(
        (
            agreement.member,
            *sharers,
            *(party["member"] for _, _, told in runs for party in told.get("participants") or ()),
        )
    )
    found: list[Contribution] = []
    for member in members:
        visibility = _visibility(agreement, member)
        figures = _figures(agreement, runs, stages, member)
        found += [
            _new(Contribution, (member, measure, key, visibility, first, end))
            for (measure, key), first, end in figures
        ]
    return found


def counted_as(agreement: Agreement, told: Mapping[str, Any]) -> str:
    """What *agreement* counts as while *told* holds: an agreement, a unilateral law, nothing; "untold"."""
    if not agreement.told:
        return "untold"
    if not agreement.counted or told.get("instrument") == "ADT":
        return "nothing"
    if told.get("instrument") == "IRM_DECL" or told.get("basis") == "unilateral_law":
        return "unilateral"
    return "agreement"


def beyond(rows: Collection[What], others: Collection[What]) -> Collection[What]:
    """Those of *rows* that are not among *others*."""
    if not others:
        return rows
    known = frozenset(others)
    return [row for row in rows if row not in known]


Sums = dict[tuple[str, str, str, str, date], int]
"""By member, measure, key, visibility and day: by how much the figure changes from that day on."""


def add(sums: Sums, counted: Iterable[Contribution], n: int, today: date) -> None:
    """Add *counted*, *n* times, to *sums*; days that are past fall together on the first."""
    for member, measure, key, visibility, first, end in counted:
        at = (member, measure, key, visibility, first if first > today else ALWAYS)
        sums[at] = sums.get(at, 0) + n
        if end != FOREVER:
            until = (member, measure, key, visibility, end if end > today else ALWAYS)
            sums[until] = sums.get(until, 0) - n


def deltas(sums: Sums) -> list[Delta]:
    """What changes by *sums*; what comes to nothing is left out."""
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


def _figures(agreement: Agreement, runs: Sequence[Run], stages: Stages, member: str) -> list[_Figure]:
    """In one run each figure of the data stands once; in several, and of states, neighbours are joined."""
    of_data: list[_Figure] = [((KNOWN, ""), ALWAYS, FOREVER)]
    of_states: list[_Figure] = []
    for first, end, told in runs:
        counted = counted_as(agreement, told)
        if counted == "nothing" or not (member == agreement.member or _takes_part(told, member)):
            continue
        signed = FOREVER if agreement.signed_from is None else max(first, agreement.signed_from)
        if counted == "unilateral":
            of_data.append((("unilateral", ""), signed, end))
            continue
        of_data += _figures_of_data(told, signed, end, member)
        for state, begins, ends in within(stages, first, end):
            of_states += _figures_of_state(state, begins, ends, told)
    if len(runs) == 1:
        return [*(figure for figure in of_data if figure[1] < figure[2]), *spans(of_states)]
    return spans([*of_data, *of_states])


def _figures_of_data(told: Mapping[str, Any], signed: date, end: date, member: str) -> Iterator[_Figure]:
    yield ("signed_ever", ""), signed, end
    if _in_mandate(told, member):
        yield ("signed_mandate", ""), signed, end
    for country in {partner.get("country") for partner in told.get("partners") or ()} - {None}:
        yield ("by_country", country), signed, end
    for theme in set(told.get("themes") or ()):
        yield ("by_theme", theme), signed, end


def _figures_of_state(state: str, first: date, end: date, told: Mapping[str, Any]) -> Iterator[_Figure]:
    if state in NEGOTIATING:
        yield ("negotiating", ""), first, end
    if state == "in_force":
        yield ("in_force", ""), first, end
    if state in ALIVE and (ends_on := told.get("ends_on")):
        last = ReducedDate.parse(ends_on).last_day
        yield ("expiring_90_days", ""), max(first, last - timedelta(EXPIRING_DAYS)), end


_new = tuple.__new__  # what a NamedTuple does with names takes longer than the tuple


def _takes_part(told: Mapping[str, Any], member: str) -> bool:
    return any(participant["member"] == member for participant in told.get("participants") or ())


def _in_mandate(told: Mapping[str, Any], member: str) -> bool:
    signed_on = told.get("signed_on")
    began = STATE_MANDATE_BEGAN if member == STATE else MANDATE_BEGAN
    return signed_on is not None and ReducedDate.parse(signed_on).first_day >= began
