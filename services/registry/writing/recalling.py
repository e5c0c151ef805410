"""Has at hand what an agreement is folded anew from, where a notice comes too late or takes another back."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import msgspec

from services.registry.folding import fold
from services.registry.folding.accumulator import OrderKey
from services.registry.queries import Connection
from services.registry.writing import ledger, lookup
from services.registry.writing.agreements import FOLDED, AgreementDraft
from services.registry.writing.course import Course
from services.registry.writing.rows import Opening
from shared.notices.envelope import Notice

_read_key = msgspec.json.Decoder(OrderKey).decode
_read_opening = msgspec.json.Decoder(Opening).decode
_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode

NEAR_CHECKPOINTS: Final = 4
"""Late is mostly a little late: these are asked for first."""

Told = list[tuple[int, Notice]]
"""Notices, each with its position."""


class Memory(Protocol):
    """Where notices and checkpoints of an agreement are found."""

    async def checkpoints(self, agreement: str, most: int | None) -> Sequence[lookup.Mark]:
        """Its checkpoints, in the order of the fold: the last *most*, or all."""

    async def checkpoint(self, agreement: str, taken: int) -> tuple[str, str | None]:
        """The fold after *taken* notices, and its opening, both JSON."""

    async def named(self, agreement: str, protocols: Sequence[str]) -> Told:
        """Those of its notices that have one of *protocols*."""

    async def told(self, agreement: str, positions: Sequence[int], since: int) -> Told:
        """The notices at *positions*, and what of the agreement was retracted after the position *since*."""


class Stored:
    """The registry's own tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def checkpoints(self, agreement: str, most: int | None) -> Sequence[lookup.Mark]:
        """Of the table of checkpoints."""
        return await lookup.checkpoints(self._connection, agreement, most)

    async def checkpoint(self, agreement: str, taken: int) -> tuple[str, str | None]:
        """Of the table of checkpoints."""
        return await lookup.checkpoint(self._connection, agreement, taken)

    async def named(self, agreement: str, protocols: Sequence[str]) -> Told:
        """Of the ledger."""
        return read(await lookup.named(self._connection, agreement, protocols))

    async def told(self, agreement: str, positions: Sequence[int], since: int) -> Told:
        """Of the ledger."""
        return read(await lookup.told(self._connection, agreement, positions, since))


def read(rows: Iterable[lookup.Registration]) -> Told:
    """The notices of *rows* that agreements are made of."""
    found = ((row.position, ledger.read_notice(row.entry, _read_disclosure(row.disclosure))) for row in rows)
    return [(position, notice) for position, notice in found if notice.fact.family == FOLDED]


async def recall(memory: Memory, draft: AgreementDraft, notices: Sequence[Notice]) -> None:
    """Put *draft* on a course that begins early enough to take in *notices*.

    The last checkpoint before them will do; unless something that is told after it reaches back before the
    days that its fold still tells.
    """
    earliest = min(await _places(memory, draft, notices), default=None)
    if draft.standing.taken:
        near = await memory.checkpoints(draft.id, NEAR_CHECKPOINTS)
        if await _put_on(memory, draft, notices, near, earliest, least=1):
            return
    marks = await memory.checkpoints(draft.id, None) if draft.standing.taken else []
    await _put_on(memory, draft, notices, marks, earliest, least=0)


async def _put_on(
    memory: Memory,
    draft: AgreementDraft,
    notices: Sequence[Notice],
    marks: Sequence[lookup.Mark],
    earliest: OrderKey | None,
    *,
    least: int,
) -> bool:
    """Put *draft* on the course from the last fitting one of *marks*, of which *least* have to be taken."""
    keys = [_read_key(mark.last_key) for mark in marks]
    first = len(marks) if earliest is None else sum(key < earliest for key in keys)
    only_whole = False
    for count in range(first, least - 1, -1):
        if only_whole and count and marks[count - 1].short:
            continue
        course = await _course(memory, draft, marks, count)
        if course.keeps_the_past() and course.ahead(notices).keeps_the_past():
            draft.put_on(course)
            return True
        only_whole = True
    return False


async def _places(memory: Memory, draft: AgreementDraft, notices: Sequence[Notice]) -> list[OrderKey]:
    """Where in the order of the fold *notices* change something, if not at its end."""
    places = draft.late(notices)
    named = [notice.data["notice"] for notice in notices if fold.is_retraction(notice) and notice.data]
    if named and draft.known_from is not None:
        known = await memory.named(draft.id, named)
        places += [fold.order_key(notice) for _, notice in known if not fold.is_retraction(notice)]
    return places


async def _course(memory: Memory, draft: AgreementDraft, marks: Sequence[lookup.Mark], count: int) -> Course:
    """What is known after the first *count* of the checkpoints *marks*."""
    positions = [*draft.standing.tail, *(position for mark in marks[count:] for position in mark.positions)]
    if not count:
        course, written = Course(fold.start(draft.member, draft.subject), 0, None), 0
    else:
        mark = marks[count - 1]
        folded, opening = await memory.checkpoint(draft.id, mark.taken)
        began = None if opening is None else _read_opening(opening)
        course, written = Course(fold.decode(folded), mark.taken, began), mark.written
    if draft.known_from is not None:
        for position, notice in await memory.told(draft.id, positions, written):
            course.take(position, notice)
    return course
