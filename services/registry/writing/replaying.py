"""All that was ever known of an agreement, from its notices in the order in which they came.

As registering writes it, notice by notice, without a database: what an erasure leaves is put in its place.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from services.registry.folding import fold
from services.registry.folding.rules import Rules
from services.registry.writing import lookup, store
from services.registry.writing.agreements import AgreementDraft
from services.registry.writing.recalling import Told, recall
from services.registry.writing.reviewing import Remark, remarks_of
from shared.notices.envelope import Notice


class Came(NamedTuple):
    """A notice, when it was received, and at which position it was registered."""

    position: int
    received_at: datetime
    notice: Notice


class Segment(NamedTuple):
    """A row of `segment`, or of `segment_past`: then known *until* a position."""

    agreement: str
    from_day: date
    to_day: date
    state: str
    counted: str
    signed_from: date | None
    signed_on: str | None
    ends_on: date | None
    amounts: str | None
    known_from: int
    since: int
    until: int | None = None


class Facet(NamedTuple):
    """A row of `facet`, or of `facet_past`: then known *until* a position."""

    name: str
    value: str
    known_from: int
    agreement: str
    from_day: date
    to_day: date
    since: int
    until: int | None = None


class Replay:
    """The tables of one agreement, in memory."""

    def __init__(self, member: str, subject: str, erased: Sequence[str], rules: Rules, today: date) -> None:
        self._member = member
        self._subject = subject
        self._erased = erased
        self._rules = rules
        self._today = today
        self._told: dict[int, Notice] = {}
        self._segments: dict[date, Segment] = {}
        self._facets: dict[tuple[str, str, date], Facet] = {}
        self._checkpoints: dict[int, store.CheckpointRow] = {}
        self.past_segments: list[Segment] = []
        self.past_facets: list[Facet] = []
        self.remarks: dict[int, tuple[Remark, ...]] = {}
        """By position; of those that have any."""
        self.row: store.AgreementRow | None = None
        self.draft = self._drafted()

    def known_segments(self) -> list[Segment]:
        """What is known now."""
        return list(self._segments.values())

    def known_facets(self) -> list[Facet]:
        """What is known now."""
        return list(self._facets.values())

    def add_to(self, writes: store.Writes) -> None:
        """Add to *writes* all that is known now."""
        writes.segments += [
            store.Segments(row.agreement, *row[4:11], [(row.state, row.from_day, row.to_day)])
            for row in self._segments.values()
        ]
        writes.facets += [store.Facets(*row[2:7], [(row.name, row.value)]) for row in self._facets.values()]
        writes.checkpoints += self._checkpoints.values()

    @property
    def reached(self) -> int:
        """The position of the last that came; 0 before the first."""
        return max(self._told, default=0)

    @property
    def notices(self) -> list[Notice]:
        """All that came so far."""
        return list(self._told.values())

    async def run(self, came: Iterable[Came]) -> None:
        """Take in what *came*, in this order."""
        for one in came:
            await self.take(one)

    async def take(self, *came: Came) -> store.Writes:
        """Take in what came together; what registering would have written of it."""
        draft = self.draft = self._drafted()
        notices = [one.notice for one in came]
        if draft.needs_course(notices):
            await recall(self, draft, notices)
        for one in came:
            before = draft.contradictions
            after = draft.take(one.notice, one.position, one.received_at)
            seen = after or draft.agreement
            remarks = remarks_of(one.notice.protocol, None if after is None else before, seen)
            draft.note(remarks)
            if remarks:
                self.remarks[one.position] = remarks
            self._told[one.position] = one.notice
        writes = store.Writes()
        draft.write(writes, self._today)
        self._put(writes)
        return writes

    def _drafted(self) -> AgreementDraft:
        known = None
        if self.row is not None:
            row = self.row
            known = lookup.Known(
                head=0,
                directory_version=0,
                rules_version=0,
                position=None,
                chain_length=None,
                chain_head=None,
                known_from=row.known_from,
                fold=row.fold,
                course=row.course,
                remarks=row.remarks,
                erased=row.erased,
            )
        draft = AgreementDraft(self._member, self._subject, known, self._rules)
        draft.forget(self._erased)
        return draft

    def _put(self, writes: store.Writes) -> None:
        for old in writes.old_segments:
            self.past_segments.append(self._segments.pop(old.from_day)._replace(until=old.until))
        for group in writes.segments:
            for state, first, end in group.spans:
                self._segments[first] = Segment(group.agreement, first, end, state, *group[1:8])
        for gone in writes.old_facets:
            was = self._facets.pop((gone.name, gone.value, gone.from_day))
            self.past_facets.append(was._replace(until=gone.until))
        for found in writes.facets:
            for name, value in found.found_by:
                self._facets[name, value, found.from_day] = Facet(name, value, *found[:5])
        for _, taken in writes.old_checkpoints:
            self._checkpoints = {at: row for at, row in self._checkpoints.items() if at <= taken}
        self._checkpoints.update({row.taken: row for row in writes.checkpoints})
        [self.row] = writes.agreements

    # ------------------------------------------------------------------------------ as a memory
    async def checkpoints(self, _agreement: str, most: int | None) -> Sequence[lookup.Mark]:
        """Those made so far."""
        marks = [
            lookup.Mark(row.taken, row.last_key, row.opening is not None, _positions(row), row.written)
            for _, row in sorted(self._checkpoints.items())
        ]
        return marks if most is None else marks[-most:]

    async def checkpoint(self, _agreement: str, taken: int) -> tuple[str, str | None]:
        """One of them."""
        return self._checkpoints[taken].fold, self._checkpoints[taken].opening

    async def named(self, _agreement: str, protocols: Sequence[str]) -> Told:
        """Of what came so far."""
        wanted = set(protocols)
        return [(position, notice) for position, notice in self._told.items() if notice.protocol in wanted]

    async def told(self, _agreement: str, positions: Sequence[int], since: int) -> Told:
        """Of what came so far."""
        found = [(position, self._told[position]) for position in positions]
        return found + [
            (position, notice)
            for position, notice in self._told.items()
            if position > since and fold.is_retraction(notice)
        ]

    def known_checkpoints(self) -> list[store.CheckpointRow]:
        """Those made so far, to be stored."""
        return list(self._checkpoints.values())


def _positions(row: store.CheckpointRow) -> list[int]:
    return [int(position) for position in row.positions.strip("{}").split(",")]
