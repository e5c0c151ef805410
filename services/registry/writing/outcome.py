"""What became of a notice: registered, a repeat of what is known, or in conflict with it."""

from typing import NamedTuple

import msgspec
import structlog

from services.registry.writing import ledger, lookup, store
from services.registry.writing.agreements import write_json
from services.registry.writing.drafting import Registered
from services.registry.writing.reviewing import Remark
from shared.notices.canonical import canonical
from shared.notices.envelope import Delivery

log = structlog.get_logger()


class Conflicted(NamedTuple):
    """The identity is known with other content: kept, without effect."""

    protocol: str


Outcome = Registered | Conflicted


_read_remarks = msgspec.json.Decoder(tuple[Remark, ...]).decode
_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode


def outcome_of(
    delivery: Delivery,
    fresh: tuple[Delivery, lookup.Known] | None,
    news: Registered | None,
    old: lookup.Registration | None,
    conflicts: list[store.ConflictRow],
) -> Outcome:
    """What became of *delivery*: it is new, or says the same as *old* or as one of its batch, or does not."""
    notice = delivery.notice
    if fresh is not None and news is not None:
        if fresh[0] is delivery:
            return news
        if fresh[0].notice.content() == notice.content():
            return news._replace(repeated=True, item=None)
    elif old is not None and ledger.says_the_same(
        old.entry, _read_disclosure(old.disclosure), notice, door=delivery.sender.door
    ):
        return Registered(
            repeated=True,
            protocol=notice.protocol,
            position=old.position,
            digest=old.digest,
            received_at=old.received_at,
            registered_at=old.registered_at,
            remarks=_read_remarks(old.remarks),
        )
    return _conflict(delivery, old, conflicts)


def _conflict(
    delivery: Delivery, old: lookup.Registration | None, conflicts: list[store.ConflictRow]
) -> Conflicted:
    """Set *delivery* aside, without what was erased from *old*: that must not come back by another door."""
    notice = delivery.notice
    data = notice.data
    if old is not None:
        data = ledger.unerased(old.entry, _read_disclosure(old.disclosure), notice)
    log.info("notice_conflicts", member=notice.member, protocol=notice.protocol)
    conflict = store.ConflictRow(
        member=notice.member,
        source=notice.source,
        id=notice.id,
        received_at=delivery.received_at,
        sender=write_json(delivery.sender).decode(),
        envelope=write_json(ledger.envelope(notice)).decode(),
        data=canonical(data).decode(),
    )
    if not any(conflict.says_the_same(other) for other in conflicts):
        conflicts.append(conflict)
    return Conflicted(notice.protocol)
