"""What the registry answers: contract §4, field by field and in its order."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec


class Page(msgspec.Struct, frozen=True):
    """One page of a list; *next* is the cursor of the page after it, null at the end."""

    items: list[Any]
    next: str | None
    as_of: date


class Signed(msgspec.Struct, frozen=True):
    """Agreements signed or reported: ever, and in this mandate."""

    ever: int | None
    this_mandate: int | None


class MemberView(msgspec.Struct, frozen=True):
    """The one click. Every number is null while nothing was ever heard and nothing is known."""

    id: str
    kind: str
    name: str
    mesoregion: str | None
    signed: Signed
    in_force: int | None
    negotiating: int | None
    unilateral: int | None
    expiring_90_days: int | None
    by_country: dict[str, int]
    by_theme: dict[str, int]
    last_heard_at: datetime | None
    last_nil_return: str | None
    as_of: date


class ContradictionView(msgspec.Struct, frozen=True):
    """Why the notices of an agreement do not fit together, and which one does not."""

    code: str
    detail: str
    protocol: str


class RemarkView(msgspec.Struct, frozen=True):
    """What the registry noted when it registered a notice."""

    code: str
    detail: str


class Record(msgspec.Struct, frozen=True):
    """What depends on arrival. *remarks* is null for those who may not read them."""

    version: int
    received_at: datetime
    registered_at: datetime
    remarks: list[RemarkView] | None


class AgreementView(msgspec.Struct, frozen=True):
    """An agreement on a day, as known at an instant."""

    id: str
    member: str
    subject: str
    state: str
    data: dict[str, Any]
    visibility: str
    contradictions: list[ContradictionView]
    erased: list[str]
    as_of: date
    known_at: datetime
    record: Record
    links: dict[str, str]


class ConflictView(msgspec.Struct, frozen=True):
    """The same identity came again with other content, at this instant."""

    received_at: datetime


class Stages(msgspec.Struct, frozen=True):
    """When a notice reached each station; null: not yet."""

    received_at: datetime | None
    registered_at: datetime | None
    published_at: datetime | None


class ReceiptView(msgspec.Struct, frozen=True):
    """Where a notice is. *remarks* is left out for those who merely hold the number."""

    protocol: str
    status: Literal["registered", "dead"]
    digest: str | None
    conflicts: list[ConflictView]
    stages: Stages
    remarks: list[RemarkView] | msgspec.UnsetType = msgspec.UNSET


class FeedPage(msgspec.Struct, frozen=True):
    """Feed items in order. The reader is complete up to *position*; *head* is the last one given."""

    items: list[Any]
    position: int
    head: int


class LedgerView(msgspec.Struct, frozen=True):
    """A member's chain; an empty one has no head."""

    member: str
    length: int
    head: str | None


class VerificationView(msgspec.Struct, frozen=True):
    """A chain recomputed from its first entry."""

    member: str
    length: int
    head: str | None
    erased: int
    intact: bool
    broken_at: int | None
