"""A member's chain, and the day's seal over all chains."""

import msgspec


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


class SealView(msgspec.Struct, frozen=True):
    """Where each chain stands at *position*, by member; *digest* is over all of it."""

    position: int
    chains: int
    digest: str
    items: list[LedgerView]
