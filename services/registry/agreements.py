"""One agreement while a batch is registered, and the rows that will stand for it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry import fold, store, tally
from services.registry.fold import Agreement, Contradiction, Segment
from shared.notices.envelope import Notice
from shared.notices.protocol import agreement_id
from shared.notices.sentences import Sentence

REFOLDS_PER_BATCH: Final = 20
"""A notice that comes too late folds its agreement anew: so often for each of them, then once for all."""

write_json = msgspec.json.Encoder().encode


class Remark(msgspec.Struct, frozen=True):
    """What the registry noted when it registered the notice *protocol*."""

    protocol: str
    code: str
    detail: Sentence


class Written(msgspec.Struct, frozen=True):
    """The rows that stand for an agreement in other tables: to be taken back when they change."""

    segments: tuple[tuple[str, date, date], ...] = ()
    facets: tuple[tuple[tuple[str, str], date, date], ...] = ()
    counts: tuple[tally.Contribution, ...] = ()

    @classmethod
    def of(cls, agreement: Agreement) -> "Written":
        """The rows that *agreement* asks for."""
        segments = tuple(agreement.spans(_FIELDS))
        states = ((segment.state, *tally.days(segment)) for segment in segments)
        return cls(
            segments=tuple(tally.spans(states)),
            facets=tuple(tally.spans(_facets(agreement, segments))),
            counts=tally.contributions(agreement, segments),
        )


_FIELDS: Final = (*tally.FIELDS, "sdgs")
NOTHING_WRITTEN: Final = Written()
_read_written = msgspec.json.Decoder(Written).decode
_read_remarks = msgspec.json.Decoder(list[Remark]).decode
_read_names = msgspec.json.Decoder(list[str]).decode


def _facets(
    agreement: Agreement, segments: Sequence[Segment]
) -> Iterator[tuple[tuple[str, str], date, date]]:
    yield ("member", agreement.member), tally.ALWAYS, tally.FOREVER
    for segment in segments:
        days, data = tally.days(segment), segment.data
        for participant in data.get("participants") or ():
            yield ("member", participant["member"]), *days
        for country in {partner.get("country") for partner in data.get("partners") or ()} - {None}:
            yield ("country", country), *days
        for theme in set(data.get("themes") or ()):
            yield ("theme", theme), *days
        for sdg in set(data.get("sdgs") or ()):
            yield ("sdg", str(sdg)), *days
        if data.get("instrument"):
            yield ("instrument", data["instrument"]), *days


class AgreementDraft:
    """One agreement while a batch is registered: as it was found, then with each of its notices."""

    def __init__(self, member: str, subject: str, known: store.Known | None) -> None:
        """*known* is what was looked up; without a fold in it, or None, the agreement is new."""
        self.id = agreement_id(member, subject)
        self.member = member
        self.subject = subject
        self.known_from: int | None = None
        self.version = 0
        self.received_at: datetime | None = None
        self.erased: list[str] = []
        self._fold = fold.start(member, subject)
        self._written = NOTHING_WRITTEN
        self._remarks: list[Remark] = []
        self._history: list[Notice] | None = None
        self._refolds = 0
        self._stale = False
        if known is not None and known.fold is not None:
            self.known_from = known.known_from
            self.erased = _read_names(known.erased or "[]")
            self._fold = fold.decode(known.fold)
            self._written = _read_written(known.written or "{}")
            self._remarks = _read_remarks(known.remarks or "[]")
        self._agreement: Agreement | None = None

    @property
    def agreement(self) -> Agreement:
        """The agreement with all its notices up to now."""
        if self._stale and self._history is not None:
            self._fold = fold.fold(self.member, self.subject, self._history)
            self._stale = False
        if self._agreement is None:
            self._agreement = fold.agreement(self._fold)
        return self._agreement

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Those of before the next notice; none, as long as telling them would cost folding anew."""
        return () if self._stale or self.known_from is None else self.agreement.contradictions

    def needs_history(self, notices: Sequence[Notice]) -> bool:
        """Whether taking in *notices*, in this order, will fold the agreement anew."""
        last = self._fold.last_key
        for notice in notices:
            key = fold.order_key(notice)
            if fold.is_retraction(notice) or (last is not None and key <= last):
                return True
            last = key
        return False

    def remember(self, history: Sequence[Notice]) -> None:
        """Have at hand all notices of before this batch."""
        self._history = list(history)

    def rebuild(self, history: Sequence[Notice]) -> None:
        """Fold *history*, all that is left of the notices, anew."""
        self.remember(history)
        self._agreement = None
        self._stale = True

    def take(self, notice: Notice, position: int, received_at: datetime) -> Agreement | None:
        """Take in one more; the agreement after it, or None if that will be seen after all of them."""
        self.known_from = self.known_from or position
        self.version = position
        self.received_at = received_at
        self._agreement = None
        if self._history is None:
            self._fold = fold.advance(self._fold, notice)
            return self.agreement
        self._history.append(notice)
        self._stale = True
        self._refolds += 1
        return self.agreement if self._refolds <= REFOLDS_PER_BATCH else None

    def note(self, remarks: Sequence[Remark]) -> None:
        """Keep what was noted about a notice beside the agreement."""
        self._remarks.extend(remarks)

    def forget(self, fields: Sequence[str]) -> None:
        """List *fields* as erased."""
        self.erased = sorted({*self.erased, *fields})

    def write(self, writes: store.Writes, today: date) -> None:
        """Add to *writes* the agreement's row, and what changed since in the rows for it elsewhere."""
        agreement = self.agreement
        if self.known_from is None or self.received_at is None:
            raise ValueError("an agreement begins with a notice")
        known_from, old, new = self.known_from, self._written, Written.of(agreement)
        self._written = new
        if old is not NOTHING_WRITTEN:
            kept = {first for _, first, _ in new.segments}
            writes.old_segments += [(self.id, first) for _, first, _ in old.segments if first not in kept]
            found = {(what, first) for what, first, _ in new.facets}
            writes.old_facets += [
                (*what, known_from, first) for what, first, _ in old.facets if (what, first) not in found
            ]
        writes.segments += [
            store.SegmentRow(self.id, first, end, state, known_from)
            for state, first, end in tally.beyond(new.segments, old.segments)
        ]
        writes.facets += [
            store.FacetRow(*what, known_from, self.id, first, end)
            for what, first, end in tally.beyond(new.facets, old.facets)
        ]
        writes.counts += tally.deltas(old.counts, new.counts, today)
        writes.agreements.append(
            store.AgreementRow(
                id=self.id,
                member=self.member,
                subject=self.subject,
                known_from=known_from,
                version=self.version,
                visibility=agreement.visibility,
                fold=write_json(self._fold).decode(),
                agreement=write_json(agreement).decode(),
                remarks=write_json(self._remarks).decode(),
                erased=write_json(self.erased).decode(),
                written=write_json(new).decode(),
                received_at=self.received_at,
            )
        )
