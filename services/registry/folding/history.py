"""What each notice changed in an agreement, in the order in which they came. Pure.

A notice that is the last in fold order costs the same after ten as after ten thousand; an earlier one folds
all again. So a walk goes on for as long as its patience lasts, and says how far it came.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from msgspec import UNSET

from services.registry.folding import fold
from services.registry.folding.accumulator import Fold
from services.registry.folding.agreement import derived, first_day, last_day, value_on
from shared.notices.envelope import Notice

PATIENCE_NOTICES: Final = 20_000
"""So many are folded again on one walk, at most."""


class Arrival(NamedTuple):
    """A notice of the agreement, and its *position*."""

    position: int
    notice: Notice


class Change(NamedTuple):
    """A field of the data, `state` or `visibility`, before and after; None: nothing is told."""

    field: str
    before: Any
    after: Any


class Version(NamedTuple):
    """The agreement from *position* on: what the notice there changed, as seen on one day."""

    position: int
    changes: tuple[Change, ...]


class Walk:
    """Goes along the *arrivals* of one agreement, and sees it on *day*."""

    def __init__(self, member: str, subject: str, arrivals: Sequence[Arrival], day: date) -> None:
        self._member = member
        self._subject = subject
        self._arrivals = arrivals
        self._day = day
        self._at = 0
        self._fold = fold.start(member, subject)
        self._seen: Mapping[str, Any] = {}

    @property
    def reached(self) -> int:
        """The position of the last notice that was taken in; 0 before the first."""
        return self._arrivals[self._at - 1].position if self._at else 0

    @property
    def is_over(self) -> bool:
        """Whether there is none left."""
        return self._at == len(self._arrivals)

    def skip(self, until: int) -> None:
        """Take in all notices up to the position *until* at once."""
        self._at = bisect_right(self._arrivals, until, key=lambda arrival: arrival.position)
        if self._at:
            self._refold()
            self._seen = _seen(self._fold, self._day)

    def take(self, most: int) -> list[Version]:
        """The next versions: *most* of them, or fewer where the patience ends or there are no more."""
        found: list[Version] = []
        refolded = 0
        while not self.is_over and len(found) < most and refolded < PATIENCE_NOTICES:
            arrival = self._arrivals[self._at]
            self._at += 1
            changes: tuple[Change, ...] = ()
            if arrival.notice.fact.folded:
                if fold.can_advance(self._fold, arrival.notice):
                    fold.advance(self._fold, arrival.notice)
                else:
                    refolded += self._refold()
                before, self._seen = self._seen, _seen(self._fold, self._day)
                changes = _changes(before, self._seen)
            found.append(Version(arrival.position, changes))
        return found

    def _refold(self) -> int:
        notices = [notice for _, notice in self._arrivals[: self._at] if notice.fact.folded]
        self._fold = fold.fold(self._member, self._subject, notices)
        return len(notices)


def _seen(folded: Fold, day: date) -> dict[str, Any]:
    """State, visibility and data on *day*, without working out all other days."""
    data = {field: value_on(values, day) for field, values in sorted(folded.fields.items())}
    reached = bisect_right(folded.stages, day, key=lambda stage: stage.day)
    return {
        "state": derived(
            folded.stages[reached - 1].state if reached else "unknown",
            signed_from=folded.signed_from,
            starts=first_day(data.get("effective_on", UNSET)),
            ends=last_day(data.get("ends_on", UNSET)),
            day=day,
        ),
        "visibility": fold.visibility(folded),
        **{field: value for field, value in data.items() if value is not UNSET},
    }


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    fields = dict.fromkeys([*after, *before])
    return tuple(
        Change(field, before.get(field), after.get(field))
        for field in fields
        if before.get(field, UNSET) != after.get(field, UNSET)
    )
