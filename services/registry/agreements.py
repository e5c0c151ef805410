"""One agreement while a batch is registered, and what will be written of it. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry import completeness, fold, reviewing, store, tally
from services.registry.completeness import Completeness
from services.registry.fold import Agreement, Contradiction
from services.registry.life import NULL_TELLS
from services.registry.rows import NO_ROWS, Rows
from services.registry.rules import NO_RULES, Rules
from shared.notices.envelope import Notice
from shared.notices.protocol import agreement_id
from shared.notices.sentences import Sentence

REFOLDS_PER_BATCH: Final = 20
"""A notice that comes too late folds its agreement anew: so often for each of them, then once for all."""
MOST_REMARKS: Final = 50
"""So many are kept beside the agreement, the last to be made; each notice keeps its own."""

FOLDED: Final = "agreement"
"""The family that agreements are made of; what the clock tells is about them, and no part of them."""

write_json = msgspec.json.Encoder().encode


class Remark(msgspec.Struct, frozen=True):
    """What the registry noted when it registered the notice *protocol*."""

    protocol: str
    code: str
    detail: Sentence


_read_remarks = msgspec.json.Decoder(list[Remark]).decode
_read_names = msgspec.json.Decoder(list[str]).decode


class AgreementDraft:
    """One agreement while a batch is registered: as it was found, then with each of its notices."""

    def __init__(self, member: str, subject: str, known: store.Known | None, rules: Rules = NO_RULES) -> None:
        """*known* is what was looked up; without a fold in it, or None, the agreement is new."""
        self.id = agreement_id(member, subject)
        self.member = member
        self.subject = subject
        self.known_from: int | None = None
        self.version = 0
        self.received_at: datetime | None = None
        self.erased: list[str] = []
        self._rules = rules
        self._fold = fold.start(member, subject)
        self._remarks: list[Remark] = []
        self._history: list[Notice] | None = None
        self._refolds = 0
        self._stale = False
        self._agreement: Agreement | None = None
        self._written: Agreement | None = None
        self._brought_by: dict[reviewing.Key, int] = {}
        if known is not None and known.fold is not None:
            self.known_from = known.known_from
            self.erased = _read_names(known.erased or "[]")
            self._fold = fold.decode(known.fold)
            self._remarks = _read_remarks(known.remarks or "[]")
            self._written = self.agreement

    @property
    def agreement(self) -> Agreement:
        """The agreement with all its notices up to now."""
        if self._stale and self._history is not None:
            self._fold = fold.fold(self.member, self.subject, self._history)
            self._stale = False
        if self._agreement is None:
            self._agreement = fold.agreement(self._fold, self._rules)
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
        before, self._agreement = self._agreement, None
        if self._history is None:
            self._fold = fold.advance(self._fold, notice)
            return self._brought(before, position)
        self._history.append(notice)
        self._stale = True
        self._refolds += 1
        return self._brought(before, position) if self._refolds <= REFOLDS_PER_BATCH else None

    def _brought(self, before: Agreement | None, position: int) -> Agreement:
        """The agreement now, having noted what the notice at *position* contradicts or put right."""
        after = self.agreement
        if after.contradictions or (before is not None and before.contradictions):
            were = (
                {reviewing.key_of(found) for found in before.contradictions} if before is not None else set()
            )
            for key in were ^ {reviewing.key_of(found) for found in after.contradictions}:
                self._brought_by[key] = position
        return after

    def note(self, remarks: Sequence[Remark]) -> None:
        """Keep what was noted about a notice beside the agreement."""
        self._remarks.extend(remarks)
        del self._remarks[:-MOST_REMARKS]

    def forget(self, fields: Sequence[str]) -> None:
        """List *fields* as erased."""
        self.erased = sorted({*self.erased, *fields})

    def write(self, writes: store.Writes, today: date) -> None:
        """Add to *writes* the agreement's row, and what changed since in the rows for it elsewhere."""
        if self.known_from is None or self.received_at is None:
            raise ValueError("an agreement begins with a notice")
        old, new = self._written, self.agreement
        self._write_rows(writes, NO_ROWS if old is None else Rows.of(old), Rows.of(new), today)
        self._write_reviews(writes, () if old is None else old.contradictions, new)
        self._written, self._brought_by = new, {}
        complete = completeness_of(new)
        writes.agreements.append(
            store.AgreementRow(
                id=self.id,
                member=self.member,
                subject=self.subject,
                known_from=self.known_from,
                version=self.version,
                visibility=new.visibility,
                fold=write_json(self._fold).decode(),
                remarks=write_json(self._remarks).decode(),
                erased=write_json(self.erased).decode(),
                completeness=complete.score,
                missing=",".join(complete.missing),
                received_at=self.received_at,
            )
        )

    def _write_rows(self, writes: store.Writes, old: Rows, new: Rows, today: date) -> None:
        known_from, version = self.known_from or 0, self.version
        if old is not NO_ROWS:
            kept = {first for _, first, _ in new.segments}
            writes.old_segments += [
                store.OldSegment(self.id, first, version, first not in kept)
                for _, first, _ in tally.beyond(old.segments, new.segments)
            ]
            found = {(what, first) for what, first, _ in new.facets}
            writes.old_facets += [
                store.OldFacet(*what, known_from, first, version, (what, first) not in found)
                for what, first, _ in tally.beyond(old.facets, new.facets)
            ]
        writes.segments += [
            store.SegmentRow(self.id, first, end, *what, known_from, version)
            for what, first, end in tally.beyond(new.segments, old.segments)
        ]
        writes.facets += [
            store.FacetRow(*what, known_from, self.id, first, end, version)
            for what, first, end in tally.beyond(new.facets, old.facets)
        ]
        writes.counts += tally.deltas(old.counts, new.counts, today)

    def _write_reviews(self, writes: store.Writes, before: Sequence[Contradiction], after: Agreement) -> None:
        if not before and not after.contradictions:
            return
        opened, closed = reviewing.changes(before, after)
        for found in opened:
            position = self._brought_by.get(reviewing.key_of(found), self.version)
            writes.opened.append(reviewing.review(after, found, position))
        for key in closed:
            closing = self._brought_by.get(key, self.version)
            writes.closed.append(store.ClosingRow(self.id, *key, closing))


def completeness_of(agreement: Agreement) -> Completeness:
    """How complete *agreement* is as it is at last, whatever day it is."""
    told = {field: agreement.last(field) for field in agreement.fields}
    told = {field: value for field, value in told.items() if value is not None or field in NULL_TELLS}
    return completeness.of(told, told.get("instrument"), signed=agreement.signed_from is not None)
