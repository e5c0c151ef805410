"""One agreement while a batch is registered, and what will be written of it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.folding import completeness, fold
from services.registry.folding.accumulator import OrderKey
from services.registry.folding.fold import Agreement, Contradiction
from services.registry.folding.rules import NO_RULES, Rules
from services.registry.writing import lookup, reviewing, store, tally
from services.registry.writing.course import (
    CHECKPOINT_NOTICES,
    Checkpoint,
    Course,
    Standing,
    is_long,
    shortened,
)
from services.registry.writing.reviewing import Remark
from services.registry.writing.rows import NO_ROWS, Opening, Rows, grouped_facets, grouped_segments
from shared.notices.envelope import Notice
from shared.notices.protocol import agreement_id

REFOLDED_NOTICES: Final = 500
"""A notice that comes too late folds others anew: of each agreement so many in a batch, then once for all."""
MOST_REMARKS: Final = 20
"""So many are kept beside the agreement, the last to be made; each notice keeps its own."""
FOLDED: Final = "agreement"
"""The family that agreements are made of; what the clock tells is about them, and no part of them."""

write_json = msgspec.json.Encoder().encode


_read_remarks = msgspec.json.Decoder(list[Remark]).decode
_read_names = msgspec.json.Decoder(list[str]).decode
_read_standing = msgspec.json.Decoder(Standing).decode


class AgreementDraft:
    """One agreement while a batch is registered: as it was found, then with each of its notices.

    As long as they come in the order of the fold, each is taken in by itself. Where one comes too late, or
    takes another back, the draft is put on its `Course` before.
    """

    def __init__(
        self, member: str, subject: str, known: lookup.Known | None, rules: Rules = NO_RULES
    ) -> None:
        """*known* is what was looked up; without a fold in it, or None, the agreement is new."""
        self.id = agreement_id(member, subject)
        self.member = member
        self.subject = subject
        self.known_from: int | None = None
        self.version = 0
        self.received_at: datetime | None = None
        self.erased: list[str] = []
        self.standing = Standing()
        self._rules = rules
        self._fold = fold.start(member, subject)
        self._remarks: list[Remark] = []
        self._course: Course | None = None
        self._refolded = 0
        self._stale = False
        self._agreement: Agreement | None = None
        self._written: Agreement | None = None
        self._opening: Opening | None = None
        self._brought_by: dict[reviewing.Key, int] = {}
        if known is not None and known.fold is not None:
            self.known_from = known.known_from
            self.erased = _read_names(known.erased or "[]")
            self.standing = _read_standing(known.course or "{}")
            self._opening = self.standing.opening
            self._fold = fold.decode(known.fold)
            self._remarks = _read_remarks(known.remarks or "[]")
            self._written = self.agreement

    @property
    def agreement(self) -> Agreement:
        """The agreement with all its notices up to now."""
        if self._stale and self._course is not None:
            self._fold = self._course.fold()
            self._stale = False
        if self._agreement is None:
            self._agreement = fold.agreement(self._fold, self._rules)
        return self._agreement

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Those of before the next notice; none, as long as telling them would cost folding anew."""
        return () if self._stale or self.known_from is None else self.agreement.contradictions

    def late(self, notices: Sequence[Notice]) -> list[OrderKey]:
        """The places of those of *notices*, taken in this order, that do not come last."""
        last, late = self._fold.last_key, []
        for notice in notices:
            if fold.is_retraction(notice):
                continue
            key = fold.order_key(notice)
            if last is None or key > last:
                last = key
            else:
                late.append(key)
        return late

    def needs_course(self, notices: Sequence[Notice]) -> bool:
        """Whether *notices*, in this order, cannot be taken in one by one as the agreement is stored."""
        if any(map(fold.is_retraction, notices)) or self.late(notices):
            return True
        if self.standing.opening is None:
            return False
        ahead = Course(self._fold, self.standing.taken, self.standing.opening).ahead(notices)
        return not ahead.keeps_the_past()

    def put_on(self, course: Course) -> None:
        """Go on by *course*, which holds all that is known by now."""
        if self.standing.opening is not None or course.opening is not None:
            self._opening = course.opening
            self._written = fold.agreement(course.fold(), self._rules)
        self._course = course

    def take(self, notice: Notice, position: int, received_at: datetime) -> Agreement | None:
        """Take in one more; the agreement after it, or None if that will be seen after all of them."""
        self.known_from = self.known_from or position
        self.version = position
        self.received_at = received_at
        before, self._agreement = self._agreement, None
        if self._course is None:
            self._fold = fold.advance(self._fold, notice)
            self.standing.tail.append(position)
            return self._brought(before, position)
        self._course.take(position, notice)
        self._stale = True
        self._refolded += len(self._course)
        return self._brought(before, position) if self._refolded <= REFOLDED_NOTICES else None

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

    # ------------------------------------------------------------------------------------- writing
    def write(self, writes: store.Writes, today: date) -> None:
        """Add to *writes* the agreement's row, and what changed since in the rows for it elsewhere."""
        if self.known_from is None or self.received_at is None:
            raise ValueError("an agreement begins with a notice")
        old, new = self._written, self.agreement
        rows = Rows.of(new, self._opening)
        self._write_rows(writes, NO_ROWS if old is None else Rows.of(old, self._opening), rows, today)
        self._write_reviews(writes, () if old is None else old.contradictions, new)
        self._written, self._brought_by = new, {}
        complete = completeness.of_agreement(new)
        stored = self._stored(writes, rows, today)
        opening = self.standing.opening
        writes.agreements.append(
            store.AgreementRow(
                id=self.id,
                member=self.member,
                subject=self.subject,
                known_from=self.known_from,
                version=self.version,
                visibility=new.visibility,
                fold=stored,
                told_from=None if opening is None else opening.day,
                course=write_json(self.standing).decode(),
                remarks=write_json(self._remarks).decode(),
                erased=write_json(self.erased).decode(),
                completeness=complete.score,
                missing=",".join(complete.missing),
                received_at=self.received_at,
            )
        )

    def _stored(self, writes: store.Writes, rows: Rows, today: date) -> str:
        """The fold as it is to be stored, in JSON; its checkpoints, if it is time for any, go to *writes*."""
        if self._course is not None:
            return self._stored_from_course(self._course, writes, rows, today)
        tail, last_key = self.standing.tail, self._fold.last_key
        if len(tail) < CHECKPOINT_NOTICES or last_key is None:
            return write_json(self._fold).decode()
        taken = self.standing.taken + len(tail)
        if is_long(self._fold):
            self._fold, self._opening = shortened(self._fold, rows, self._opening, today)
            self._written = self._agreement = fold.agreement(self._fold, self._rules)
        stored = write_json(self._fold).decode()
        self.standing = Standing(taken, [], self._opening)
        self._write_checkpoints(writes, [Checkpoint(taken, last_key, stored, self._opening, tail)])
        return stored

    def _stored_from_course(self, course: Course, writes: store.Writes, rows: Rows, today: date) -> str:
        checkpoints, tail = course.checkpoints(today)
        writes.old_checkpoints.append((self.id, course.taken))
        self._write_checkpoints(writes, checkpoints)
        kept, opening = self._fold, course.opening
        if is_long(kept):
            kept, opening = shortened(kept, rows, opening, today)
        taken = checkpoints[-1].taken if checkpoints else course.taken
        self.standing = Standing(taken, tail, opening)
        return write_json(kept).decode()

    def _write_checkpoints(self, writes: store.Writes, checkpoints: Iterable[Checkpoint]) -> None:
        writes.checkpoints += [
            store.CheckpointRow(
                agreement=self.id,
                taken=each.taken,
                last_key=write_json(each.last_key).decode(),
                fold=each.fold,
                opening=None if each.opening is None else write_json(each.opening).decode(),
                positions=f"{{{','.join(map(str, each.positions))}}}",
                written=self.version,
            )
            for each in checkpoints
        ]

    def _write_rows(self, writes: store.Writes, old: Rows, new: Rows, today: date) -> None:
        known_from, version = self.known_from or 0, self.version
        if old is not NO_ROWS:
            kept = {first for _, first, _ in new.segments}
            writes.old_segments += [
                store.OldSegment(known_from, first, version, first not in kept)
                for _, first, _ in tally.beyond(old.segments, new.segments)
            ]
            found = {(what, first) for what, first, _ in new.facets}
            writes.old_facets += [
                store.OldFacet(*what, known_from, first, version, (what, first) not in found)
                for what, first, _ in tally.beyond(old.facets, new.facets)
            ]
        for held, spans in grouped_segments(tally.beyond(new.segments, old.segments)):
            writes.segments.append(store.Segments(self.id, *held, known_from, version, spans))
        for (first, end), found_by in grouped_facets(tally.beyond(new.facets, old.facets)):
            writes.facets.append(store.Facets(known_from, self.id, first, end, version, found_by))
        tally.add(writes.counts, tally.beyond(old.counts, new.counts), -1, today)
        tally.add(writes.counts, tally.beyond(new.counts, old.counts), 1, today)

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
