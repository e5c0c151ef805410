"""The feed item of a registered notice. Pure."""

from datetime import date, datetime
from typing import cast

from services.registry import store
from services.registry.fold import Agreement
from shared.data import MemberKind
from shared.notices.codelists import Visibility
from shared.notices.envelope import Delivery
from shared.notices.families import headline
from shared.notices.feed import Erased, FeedAgreement, FeedItem, FeedMember, stricter
from shared.notices.protocol import agreement_id


def feed_item(
    delivery: Delivery,
    position: int,
    member: store.MemberRow,
    agreement: Agreement | None,
    *,
    remarks: int,
    registered_at: datetime,
    today: date,
    erased: Erased | None = None,
) -> FeedItem:
    """The item of *delivery*, with its *agreement* as it is after it, seen on *today*."""
    notice = delivery.notice
    data = {} if agreement is None else agreement.on(today).data
    return FeedItem(
        position=position,
        protocol=notice.protocol,
        type=notice.type,
        member=FeedMember(
            id=member.id,
            name=member.name,
            kind=cast("MemberKind", member.kind),
            mesoregion=member.mesoregion,
        ),
        agreement=None if agreement is None else _shown(agreement, today),
        countries=tuple(
            dict.fromkeys(
                partner["country"] for partner in data.get("partners") or () if partner.get("country")
            )
        ),
        themes=tuple(data.get("themes") or ()),
        sdgs=tuple(data.get("sdgs") or ()),
        headline=headline(notice, member.name, agreement),
        visibility=_visibility(delivery, agreement),
        remarks=remarks,
        erased=erased,
        backfill=notice.backfill,
        replayed=False,
        occurred_at=notice.time,
        received_at=delivery.received_at,
        registered_at=registered_at,
    )


def _shown(agreement: Agreement, today: date) -> FeedAgreement:
    segment = agreement.on(today)
    return FeedAgreement(
        id=agreement_id(agreement.member, agreement.subject),
        subject=agreement.subject,
        title=segment.data.get("title"),
        state=segment.state,
        instrument=segment.data.get("instrument"),
    )


def _visibility(delivery: Delivery, agreement: Agreement | None) -> Visibility:
    """The stricter of the type's and the agreement's; restricted before anything is known of it."""
    own = delivery.notice.fact.visibility
    if agreement is None:
        return own or "restricted"
    if not agreement.told:
        return "restricted"
    return agreement.visibility if own is None else stricter(own, agreement.visibility)
