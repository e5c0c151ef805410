"""What registering a batch will write, worked out in memory under the head row's lock. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from services.registry.folding.fold import Agreement, Contradiction
from services.registry.writing import ledger, lookup, store
from services.registry.writing.agreements import FOLDED, AgreementDraft, write_json
from services.registry.writing.items import feed_item
from services.registry.writing.reviewing import Remark, remarks_of
from shared.notices.dates import day_of
from shared.notices.envelope import Delivery, Notice, Sender
from shared.notices.feed import Erased


class Registered(NamedTuple):
    """A notice that stands in the ledger; *repeated*: it stood there before, the rest is of the first."""

    repeated: bool
    protocol: str
    position: int
    digest: bytes
    received_at: datetime
    registered_at: datetime
    remarks: tuple[Remark, ...]
    item: str | None = None
    """What the feed says of it, in JSON; None if it was said before."""
    overtaken: bool = False
    """A row of a sheet, repeated although it has been told otherwise since."""


class _Fresh(NamedTuple):
    """A notice of this batch, with its place in the ledger."""

    delivery: Delivery
    position: int
    entry: ledger.Entry
    draft: AgreementDraft | None
    before: tuple[Contradiction, ...]
    after: Agreement | None
    erased: Erased | None = None


class Batch:
    """Notices that are all new, registered one after the other."""

    def __init__(self, head: int, registered_at: datetime, members: Mapping[str, lookup.MemberRow]) -> None:
        """*head* is the last position given."""
        self._position = head
        self._registered_at = registered_at
        self._today = day_of(registered_at)
        self._members = members
        self._chains: dict[str, ledger.Head] = {}
        self._heard_at: dict[str, datetime] = {}
        self._drafts: dict[str, AgreementDraft] = {}
        self._fresh: list[_Fresh] = []
        self._awaited: dict[str, int] = {}

    def know_chain(self, member: str, known: lookup.Known) -> None:
        """Tell where the chain of *member* stands."""
        self._chains[member] = ledger.Head(known.chain_length or 0, known.chain_head)

    def know_agreement(self, draft: AgreementDraft, notices: int) -> None:
        """Tell of an agreement of which so many *notices* of this batch tell."""
        self._drafts[draft.id] = draft
        if notices:
            self._awaited[draft.id] = notices

    def take(self, delivery: Delivery) -> None:
        """Register one more: the next position, the next entry of its member's chain."""
        notice = delivery.notice
        self._position += 1
        entry = ledger.append(self._chains.get(notice.member, ledger.EMPTY), delivery)
        self._chains[notice.member] = entry.head
        if _is_heard(delivery.sender, notice):
            self._heard_at[notice.member] = max(
                delivery.received_at, self._heard_at.get(notice.member, delivery.received_at)
            )
        draft = self._draft_of(notice)
        before: tuple[Contradiction, ...] = ()
        after = None
        if draft is not None and notice.fact.family == FOLDED:
            self._awaited[draft.id] -= 1
            before = draft.contradictions
            after = draft.take(notice, self._position, delivery.received_at)
        self._fresh.append(_Fresh(delivery, self._position, entry, draft, before, after))

    def announce(self, delivery: Delivery, left: Agreement | None, erased: Erased) -> None:
        """Register what the ledger says of itself, with what is *left* of the agreement that it is about."""
        self.take(delivery)
        self._fresh[-1] = self._fresh[-1]._replace(after=left, erased=erased)

    def draw(self, writes: store.Writes) -> list[Registered]:
        """What became of each of the notices taken since the last time; what to write goes to *writes*.

        An agreement is written once, after the last notice that tells of it.
        """
        registered = [self._finish(fresh, writes) for fresh in self._fresh]
        for agreement in [agreement for agreement, awaited in self._awaited.items() if not awaited]:
            self._drafts[agreement].write(writes, self._today)
            del self._awaited[agreement]
        for member in {fresh.delivery.notice.member for fresh in self._fresh}:
            length, digest = self._chains[member]
            if digest is not None:
                writes.chains.append(store.ChainRow(member, length, digest, self._heard_at.get(member)))
        self._fresh = []
        return registered

    def _draft_of(self, notice: Notice) -> AgreementDraft | None:
        return None if notice.agreement is None else self._drafts[notice.agreement]

    def _finish(self, fresh: _Fresh, writes: store.Writes) -> Registered:
        delivery, draft = fresh.delivery, fresh.draft
        notice = delivery.notice
        after = fresh.after
        remarks: tuple[Remark, ...] = ()
        if draft is not None:
            after = after or draft.agreement
            remarks = remarks_of(notice.protocol, None if fresh.after is None else fresh.before, after)
            draft.note(remarks)
        item = feed_item(
            delivery,
            fresh.position,
            self._members[notice.member],
            after,
            remarks=len(remarks),
            registered_at=self._registered_at,
            today=self._today,
            erased=fresh.erased,
        )
        entry, told = fresh.entry, write_json(item).decode()
        writes.notices.append(
            store.NoticeRow(
                position=fresh.position,
                member=notice.member,
                source=notice.source,
                id=notice.id,
                sequence=entry.sequence,
                protocol=notice.protocol,
                type=notice.type,
                agreement=None if draft is None else draft.id,
                entry=entry.text,
                digest=entry.digest,
                disclosure=write_json(entry.disclosure).decode(),
                remarks=write_json(remarks).decode(),
                item=told,
                received_at=delivery.received_at,
            )
        )
        return Registered(
            repeated=False,
            protocol=notice.protocol,
            position=fresh.position,
            digest=entry.digest,
            received_at=delivery.received_at,
            registered_at=self._registered_at,
            remarks=remarks,
            item=told,
        )


def _is_heard(sender: Sender, notice: Notice) -> bool:
    """What others tell of a member does not count as hearing from it; a delegate's keys speak for it."""
    return sender.role == "member" or (sender.role != "system" and sender.member == notice.member)
