"""A member, in one click."""

from datetime import date, datetime

import msgspec
from msgspec import UNSET, UnsetType

from shared.data import MemberKind


class Signed(msgspec.Struct, frozen=True):
    """Agreements signed or reported: ever, and in this mandate."""

    ever: int | None
    this_mandate: int | None


class Contact(msgspec.Struct, frozen=True):
    """Where an office can be reached, as it told itself last."""

    office: str | None
    email: str | None
    phone: str | None


class MemberView(msgspec.Struct, frozen=True):
    """The one click. Every number is null while nothing was ever heard and nothing is known.

    *known_at* is left out unless it was asked for; *contact* for all but the member itself, office and
    coordination.
    """

    id: str
    kind: MemberKind
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
    known_at: datetime | UnsetType = UNSET
    contact: Contact | UnsetType | None = UNSET
