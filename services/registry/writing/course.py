"""The course of an agreement's notices in the order of the fold, with checkpoints on the way. Pure.

What is stored of an agreement does not grow with its history: of a long time line the fold keeps the end, and
the rows that had begun before it; whoever needs the beginning folds the notices.
"""

from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from services.registry.folding import fold as folding
from services.registry.folding.accumulator import Fold, OrderKey
from services.registry.folding.agreement import recent
from services.registry.writing.rows import Opening, Rows
from shared.notices.envelope import Notice

CHECKPOINT_NOTICES: Final = 64
"""A checkpoint is made after so many, or a few more."""
MOST_CHECKPOINTS: Final = 16
"""So many are made on the way when a long course is folded anew: each of a long time line has its price."""
MOST_POINTS: Final = 96
"""So many changes of state and data may a stored fold hold;"""
KEPT_POINTS: Final = 32
"""of one that held more, these are kept of each field, the last."""
FIRST_POINTS: Final = 16
"""So many of the first are kept too, of each of the fields"""
JUDGED: Final = frozenset({"gates", "signed_on", "instrument", "basis"})
"""that rules look up on the day of the signature, and soon after."""

write_json = msgspec.json.Encoder().encode


class Standing(msgspec.Struct, omit_defaults=True):
    """Where an agreement stands on its course.

    *taken*: how many notices are in its last checkpoint; *tail*: the positions of those after it, in any
    order. With an *opening* the stored fold tells the time line from its day on.
    """

    taken: int = 0
    tail: list[int] = []
    opening: Opening | None = None


class Checkpoint(NamedTuple):
    """The fold after *taken* notices; *positions* are of those since the checkpoint before."""

    taken: int
    last_key: OrderKey
    fold: str
    opening: Opening | None
    positions: Sequence[int]


class Told(NamedTuple):
    """A notice in its place."""

    key: OrderKey
    position: int
    notice: Notice


class Course:
    """The notices after a checkpoint, or all: folded anew whenever one comes too late."""

    def __init__(self, start: Fold, taken: int, opening: Opening | None) -> None:
        """*start* is the fold of the *taken* notices before."""
        self._start = write_json(start)
        self.taken = taken
        self.opening = opening
        self._told: list[Told] = []
        self._retractions: list[Notice] = []

    def __len__(self) -> int:
        return len(self._told)

    def take(self, position: int, notice: Notice) -> None:
        """Put *notice* in its place."""
        if folding.is_retraction(notice):
            self._retractions.append(notice)
        else:
            insort(self._told, Told(folding.order_key(notice), position, notice), key=attrgetter("key"))

    def fold(self) -> Fold:
        """The fold after all of them."""
        return folding.resume(self._begin(), [told.notice for told in self._told])

    def ahead(self, notices: Iterable[Notice]) -> "Course":
        """A course that has taken *notices* too, whatever positions they will get."""
        other = Course(folding.decode(self._start), self.taken, self.opening)
        other._told, other._retractions = [*self._told], [*self._retractions]
        for notice in notices:
            other.take(0, notice)
        return other

    def keeps_the_past(self) -> bool:
        """Whether nothing of what is told here reaches back before the opening."""
        if self.opening is None:
            return True
        before, after = folding.decode(self._start), self.fold()
        return _keeps_before(self.opening.day, before, after)

    def checkpoints(self, today: date) -> tuple[list[Checkpoint], list[int]]:
        """The checkpoints on the way, and the positions after the last of them."""
        every = max(CHECKPOINT_NOTICES, len(self._told) // MOST_CHECKPOINTS)
        fold, taken = self._begin(), self.taken
        found: list[Checkpoint] = []
        whole = len(self._told) - len(self._told) % every
        for first in range(0, whole, every):
            some = self._told[first : first + every]
            fold = folding.resume(fold, [told.notice for told in some])
            taken += every
            kept, opening = fold, self.opening
            if is_long(fold):
                rows = Rows.of(folding.agreement(fold), self.opening)
                kept, opening = shortened(fold, rows, self.opening, today)
            found.append(
                Checkpoint(
                    taken,
                    some[-1].key,
                    write_json(kept).decode(),
                    opening,
                    [told.position for told in some],
                )
            )
        return found, [told.position for told in self._told[whole:]]

    def _begin(self) -> Fold:
        return folding.resume(folding.decode(self._start), self._retractions)


def is_long(fold: Fold) -> bool:
    """Whether the time line has more points than are stored."""
    return len(fold.stages) + sum(map(len, fold.fields.values())) > MOST_POINTS


def shortened(fold: Fold, rows: Rows, opening: Opening | None, today: date) -> tuple[Fold, Opening | None]:
    """*fold* without the beginning of its time line, and the opening of what is left.

    *rows* are those of the fold, *opening* is its own by now. What lies ahead is never left out: counts of
    days to come are maintained.
    """
    stages = fold.stages[-KEPT_POINTS:]
    days = [stages[0].day] if len(stages) < len(fold.stages) else []
    fields = dict(fold.fields)
    for field, values in fold.fields.items():
        first = values[:FIRST_POINTS] if field in JUDGED else []
        if len(values) > len(first) + KEPT_POINTS:
            kept = recent(values, KEPT_POINTS)
            fields[field] = [*first, *kept]
            days.append(kept[0].day)
    if not days or max(days) > today or (opening is not None and max(days) < opening.day):
        return fold, opening
    return msgspec.structs.replace(fold, stages=stages, fields=fields), rows.opening(max(days))


def _keeps_before(day: date, before: Fold, after: Fold) -> bool:
    """Whether *after* says of the days before *day* what *before* says, of which it is a continuation."""
    if (before.told, before.signed_from, before.uncounted_from) != (
        after.told,
        after.signed_from,
        after.uncounted_from,
    ):
        return False
    lines: Iterable[
        tuple[Sequence[folding.Stage | folding.Value], Sequence[folding.Stage | folding.Value]]
    ] = [
        (before.stages, after.stages),
        *(
            (before.fields.get(field, ()), after.fields.get(field, ()))
            for field in before.fields.keys() | after.fields.keys()
        ),
    ]
    return all(was[:1] == now[:1] if was else not now or now[0].day >= day for was, now in lines)
