"""What the fold makes of an agreement's notices: on each day a state and data. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET

from shared.notices.codelists import State, Visibility
from shared.notices.families.fact import BEGINNING, read_date
from shared.notices.protocol import agreement_id
from shared.notices.sentences import Sentence

BEFORE_SIGNATURE: Final[frozenset[State]] = frozenset({
    "unknown", "negotiating", "under_review", "ready_to_sign",
})  # fmt: skip
ALIVE: Final[frozenset[State]] = frozenset({"signed", "in_force", "suspended"})

_ONE_DAY: Final = timedelta(days=1)


class Stage(msgspec.Struct, frozen=True):
    """The agreement was brought to *state* on *day*; BEGINNING: it was there always."""

    day: date
    state: State


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field holds *value* from *day* on; UNSET: nothing. BEGINNING: it did so always.

    *more*: a list that follows what the field held already. Read values with `value_on`.
    """

    day: date
    value: Any = UNSET
    more: bool = False


class Contradiction(msgspec.Struct, frozen=True):
    """What does not fit together, about the notice *protocol*; *detail* says what to do."""

    code: str
    detail: Sentence
    protocol: str


class Successor(msgspec.Struct, frozen=True):
    """The agreement *subject* of the same member stands in this one's place, says the notice *protocol*."""

    kind: Literal["superseded", "merged"]
    subject: str
    protocol: str


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked about the agreement, on *day*, and what was answered; what was erased is null."""

    protocol: str
    day: date
    text: str | None
    answer_by: str | None = None
    answer_protocol: str | None = None
    answer_day: date | None = None
    answer: str | None = None


class Segment(msgspec.Struct, frozen=True):
    """State and data on the days [from_day, to_day); None: from the beginning, without end."""

    from_day: date | None
    to_day: date | None
    state: State
    data: dict[str, Any]


class Agreement(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """An agreement over the whole time line, as one set of notices tells it."""

    member: str
    subject: str
    visibility: Visibility
    told: bool
    """A first telling is known, not later facts alone."""
    signed_from: date | None
    """From when it counts as signed; None: never told as signed; BEGINNING (date.min): nobody knows when."""
    signed_by: str | None
    """The protocol of the notice that told it as signed."""
    uncounted_from: date | None
    """From when it is void or merged into another; None: it is neither."""
    successor: Successor | None = None
    confirmed_on: date | None = None
    """The last day for which it was confirmed to be alive; BEGINNING: nobody knows which."""
    questions: tuple[Question, ...] = ()
    """The last of them in fold order."""
    contradictions: tuple[Contradiction, ...]
    """The last of them in fold order."""
    contradiction_count: int
    """How many there are in all."""
    stages: tuple[Stage, ...]
    """The states, each from its day on; nothing before the first."""
    fields: dict[str, tuple[Value, ...]]
    """Each field of the data, over time."""

    @property
    def id(self) -> str:
        """Its public id, ``AG-…``."""
        return agreement_id(self.member, self.subject)

    @property
    def counted(self) -> bool:
        """False once it is void or merged into another."""
        return self.uncounted_from is None

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The whole time line, without gaps, neighbours different."""
        return tuple(self.spans(self.fields))

    def spans(self, fields: Iterable[str]) -> Iterator[Segment]:
        """The time line as far as the state and *fields* tell it; few spans where little of it changes."""
        chosen = {field: self.fields[field] for field in fields if field in self.fields}
        changed = {value.day for values in chosen.values() for value in values}
        ordered = sorted(changed | {BEGINNING} | {stage.day for stage in self.stages})
        data: dict[str, Any] = {}
        for day, end in pairwise([*ordered, None]):
            if day is not None:
                if day in changed:
                    data = _data_on(chosen, day)
                yield Segment(from_day=_told(day), to_day=end, state=self._state_on(day), data=data)

    def on(self, day: date) -> Segment:
        """The state and the data on *day*."""
        first, end = BEGINNING, None
        timelines: list[Sequence[Stage | Value]] = [self.stages, *self.fields.values()]
        for points in timelines:
            at = bisect_right(points, day, key=_day)
            if at:
                first = max(first, points[at - 1].day)
            if at < len(points):
                end = points[at].day if end is None else min(end, points[at].day)
        return Segment(_told(first), end, self._state_on(day), _data_on(self.fields, day))

    def last(self, field: str) -> Any:
        """What *field* holds at last; None if nothing."""
        held = held_at_last(self.fields.get(field, ()))
        return None if held is UNSET else held

    def _state_on(self, day: date) -> State:
        at = bisect_right(self.stages, day, key=_day)
        return self.stages[at - 1].state if at else "unknown"


def _told(day: date) -> date | None:
    return None if day == BEGINNING else day


def _day(point: Stage | Value) -> date:
    return point.day


def _data_on(fields: Mapping[str, Sequence[Value]], day: date) -> dict[str, Any]:
    data = {}
    for field in sorted(fields):
        value = value_on(fields[field], day)
        if value is not UNSET:
            data[field] = value
    return data


def value_on(values: Sequence[Value], day: date) -> Any:
    """What *values* hold on *day*; UNSET if nothing."""
    if len(values) == 1:  # as good as always, and asked 20 times for each notice
        return values[0].value if values[0].day <= day else UNSET
    return _held_by(values, bisect_right(values, day, key=_day))


def held_at_last(values: Sequence[Value]) -> Any:
    """What *values* hold at last; UNSET if nothing."""
    return _held_by(values, len(values))


def recent(values: Sequence[Value], most: int) -> list[Value]:
    """The last *most* of *values*; on the days from the first of them on they say the same."""
    first = max(len(values) - most, 0)
    kept = list(values[first:])
    if kept and kept[0].more:
        kept[0] = Value(kept[0].day, _held_by(values, first + 1))
    return kept


def _held_by(values: Sequence[Value], count: int) -> Any:
    """What the first *count* of *values* come to."""
    if not count:
        return UNSET
    last = values[count - 1]
    if not last.more:
        return last.value
    first = count - 1
    while first and values[first].more:
        first -= 1
    return [item for value in values[first:count] for item in (value.value or ())]


def derived(
    stage: State, *, signed_from: date | None, starts: date | None, ends: date | None, day: date
) -> State:
    """The state on *day* of an agreement brought to *stage*: the rest follows from the dates alone.

    *starts* is its first day, *ends* its last.
    """
    state = stage
    if state in BEFORE_SIGNATURE and signed_from is not None and signed_from <= day:
        state = "signed"
    if state == "signed" and starts is not None and starts <= day:
        state = "in_force"
    if state in ALIVE and ends is not None and ends < day:
        state = "expired"
    return state


def first_day(told: Any) -> date | None:
    """From which day a beginning that is *told* counts: a reduced one from its first."""
    read = read_date(told)
    return None if read is None else read.first_day


def last_day(told: Any) -> date | None:
    """Through which day an end that is *told* counts: a reduced one through its last."""
    read = read_date(told)
    return None if read is None else read.last_day


def states(
    stages: Sequence[Stage], signed_from: date | None, effective_on: Sequence[Value], ends_on: Sequence[Value]
) -> tuple[Stage, ...]:
    """Every change of the state: those that a fact brought about, and those that a date did."""
    told_starts = [(value.day, first_day(value.value)) for value in effective_on]
    told_ends = [(value.day, last_day(value.value)) for value in ends_on]
    days = {stage.day for stage in stages}
    days.update(day for day in (signed_from, *chain.from_iterable(told_starts)) if day is not None)
    days.update(day for begins, end in told_ends for day in (begins, end and end + _ONE_DAY) if day)
    found: list[Stage] = []
    stage: State = "unknown"
    starts = ends = None
    at_stage = at_start = at_end = 0
    for day in sorted(days):
        while at_stage < len(stages) and stages[at_stage].day <= day:
            stage, at_stage = stages[at_stage].state, at_stage + 1
        while at_start < len(told_starts) and told_starts[at_start][0] <= day:
            starts, at_start = told_starts[at_start][1], at_start + 1
        while at_end < len(told_ends) and told_ends[at_end][0] <= day:
            ends, at_end = told_ends[at_end][1], at_end + 1
        state = derived(stage, signed_from=signed_from, starts=starts, ends=ends, day=day)
        if state != (found[-1].state if found else "unknown"):
            found.append(Stage(day, state))
    return tuple(found)


Point = TypeVar("Point", Stage, Value)


def append(points: list[Point], point: Point, *, before: Any) -> None:
    """Put *point* at the end, unless it says what holds already; *before*: what holds before the first."""
    if points and points[-1].day == point.day:
        points.pop()
    held = _held(points) if points else before
    if _held([point]) != held:
        points.append(point)


def add(values: list[Value], day: date, item: Any) -> None:
    """Let the list that *values* hold have *item* too, from *day* on, which is that of the last or later."""
    if values and values[-1].day == day:
        last = values.pop()
        values.append(Value(day, [*(last.value or ()), item], last.more))
    else:
        values.append(Value(day, [item], more=True))


def _held(points: Sequence[Stage] | Sequence[Value]) -> Any:
    last = points[-1]
    if isinstance(last, Stage):
        return last.state
    return _held_by(points, len(points)) if last.more else last.value  # type: ignore[arg-type] # as the last
