"""The feed item of a registered notice. Pure."""

from bisect import bisect_right
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final, cast

import msgspec

from services.registry.folding.agreement import Agreement, value_on
from services.registry.writing import lookup
from shared.data import MemberKind
from shared.notices.codelists import Visibility
from shared.notices.envelope import Delivery
from shared.notices.families import headline
from shared.notices.feed import Erased, FeedAgreement, FeedItem, FeedMember, stricter


def feed_item(
    delivery: Delivery,
    position: int,
    member: lookup.MemberRow,
    agreement: Agreement | None,
    *,
    remarks: int,
    registered_at: datetime,
    today: date,
    erased: Erased | None = None,
) -> FeedItem:
    """The item of *delivery*, with its *agreement* as it is after it, seen on *today*."""
    notice = delivery.notice
    data = {} if agreement is None else _data_on(agreement, today)
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
        agreement=None if agreement is None else _shown(agreement, data, today),
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
        replayed=delivery.replayed,
        occurred_at=notice.time,
        received_at=delivery.received_at,
        registered_at=registered_at,
        traceparent=delivery.traceparent,
    )


_FIELDS: Final = ("title", "instrument", "partners", "themes", "sdgs")


def _data_on(agreement: Agreement, day: date) -> dict[str, Any]:
    """The few fields that an item shows, as they are on *day*."""
    values = {field: value_on(agreement.fields.get(field, ()), day) for field in _FIELDS}
    return {field: value for field, value in values.items() if value is not msgspec.UNSET}


def _shown(agreement: Agreement, data: dict[str, Any], today: date) -> FeedAgreement:
    reached = bisect_right(agreement.stages, today, key=attrgetter("day"))
    return FeedAgreement(
        id=agreement.id,
        subject=agreement.subject,
        title=data.get("title"),
        state=agreement.stages[reached - 1].state if reached else "unknown",
        instrument=data.get("instrument"),
    )


def _visibility(delivery: Delivery, agreement: Agreement | None) -> Visibility:
    """The stricter of the type's and the agreement's; restricted before anything is known of it."""
    own = delivery.notice.fact.visibility
    if agreement is None:
        return own or "restricted"
    if not agreement.told:
        return "restricted"
    return agreement.visibility if own is None else stricter(own, agreement.visibility)
