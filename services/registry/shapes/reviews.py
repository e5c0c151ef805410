"""What does not fit, and the rules by which it is found."""

from datetime import date, datetime
from typing import Literal

import msgspec

from shared.notices.codelists import Gate
from shared.notices.sentences import Sentence

ReviewKind = Literal["contradiction", "gate", "duplicate", "same_text"]
ClosedBy = Literal["notice", "rules", "coordination"]


class ReviewView(msgspec.Struct, frozen=True):
    """Something that does not fit, and what to do about it. *closed_by* says what ended it; null: open."""

    id: int
    kind: ReviewKind
    code: str
    member: str
    agreement: str
    subject: str
    other: str | None
    protocol: str | None
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: ClosedBy | None
    closing: str | None
    reason: str | None


class RuleView(msgspec.Struct, frozen=True):
    """What is asked of *instrument* at *gate* on the days [from_day, to_day); null: since ever, for good."""

    gate: Gate
    instrument: str
    from_day: date | None
    to_day: date | None
    requires: Literal["none", "check", "usual", "notice", "approval"]
    before_signature: bool
    satisfied_by: tuple[str, ...]
    bodies: tuple[str, ...]
    signing_days: int | None
    proposal_days: int | None
    overdue_days: int | None
    basis: Sentence


class RulesView(msgspec.Struct, frozen=True):
    """The rules of the gates; every agreement was judged by the version *applied*."""

    version: int
    applied: int
    items: list[RuleView]
