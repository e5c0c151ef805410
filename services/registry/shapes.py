"""What the registry answers: contract §4, field by field and in its order."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from shared.data import MemberKind
from shared.notices.codelists import Gate, State, Visibility
from shared.notices.sentences import Sentence

ReviewKind = Literal["contradiction", "gate", "duplicate", "same_text"]
ClosedBy = Literal["notice", "rules", "coordination"]
By = Literal[
    "country", "mesoregion", "theme", "sdg", "instrument", "state", "month", "gate", "partner", "member"
]
"""What agreements may be counted by."""


class Page(msgspec.Struct, frozen=True):
    """One page of a list; *next* is the cursor of the page after it, null at the end.

    A page may be short, even empty, before the end: a request looks at a bounded part of a large registry.
    """

    items: list[Any]
    next: str | None
    as_of: date


class Correction(msgspec.Struct, frozen=True):
    """A word that stands nowhere, and those that were looked for instead."""

    asked: str
    used: list[str]


class AgreementPage(Page, frozen=True):
    """One page of agreements; *corrected*: what was looked for instead of mistyped words of `q`.

    Words are looked for in what is told now, whatever the instant asked for.
    """

    items: list["AgreementView"]
    known_at: datetime
    corrected: list[Correction]


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


class CompletenessView(msgspec.Struct, frozen=True):
    """How much is told of what should be, from 0 to 100, and which fields are missing."""

    score: int
    missing: list[str]


class RelatedView(msgspec.Struct, frozen=True):
    """Another agreement of the same member."""

    id: str
    subject: str


class SuccessorView(msgspec.Struct, frozen=True):
    """The agreement that stands in this one's place, and the notice that says so."""

    kind: Literal["superseded", "merged"]
    id: str
    subject: str
    protocol: str


class QuestionView(msgspec.Struct, frozen=True):
    """What was asked about an agreement, and what its member answered; what was erased is null."""

    protocol: str
    asked_on: date | None
    text: str | None
    answer_by: str | None
    answer_protocol: str | None
    answered_on: date | None
    answer: str | None


class AgreementView(msgspec.Struct, frozen=True):
    """An agreement on a day, as known at an instant.

    *questions* are null for those who may not read them: all but its member, office and coordination.
    *children* are the agreements that name this one as their parent, the first hundred.
    """

    id: str
    member: str
    subject: str
    state: State
    data: dict[str, Any]
    visibility: Visibility
    contradictions: list[ContradictionView]
    erased: list[str]
    as_of: date
    known_at: datetime
    record: Record
    links: dict[str, str]
    member_name: str | None
    completeness: CompletenessView
    confirmed_on: date | None
    successor: SuccessorView | None
    parent: RelatedView | None
    children: list[RelatedView]
    questions: list[QuestionView] | None


class ChangeView(msgspec.Struct, frozen=True):
    """A field of the data, `state` or `visibility`, before and after; null: nothing is told."""

    field: str
    before: Any
    after: Any


class VersionView(msgspec.Struct, frozen=True):
    """A version of an agreement: its position, since when it was known, by which notice, what changed.

    What changed is seen on the day asked for: a notice about other days changes nothing on it.
    """

    version: int
    known_from: datetime
    notice: str
    type: str
    changes: list[ChangeView]


class Figures(msgspec.Struct, frozen=True):
    """Counts of agreements, each once. *amounts*, if asked for: sums by currency, as decimal text."""

    signed: int
    in_force: int
    negotiating: int
    unilateral: int
    expiring_90_days: int
    amounts: dict[str, str] | UnsetType = UNSET


class StatisticsItem(msgspec.Struct, frozen=True):
    """The counts under one key. An agreement with two countries counts under both.

    *name*: what people call the key, in the asker's language; null where the key says all that is known.
    """

    key: str
    name: str | None
    signed: int
    in_force: int
    negotiating: int
    unilateral: int
    expiring_90_days: int
    amounts: dict[str, str] | UnsetType = UNSET


class StatisticsPage(Page, frozen=True):
    """Counts by one thing; *total*: of all that the filters leave, each agreement once, whatever its keys.

    *kind*: of whose agreements, `all` for everybody's. *definition* says what is counted.
    """

    items: list[StatisticsItem]
    known_at: datetime
    by: By
    kind: MemberKind | Literal["all"]
    total: Figures
    definition: str


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


class SimilarView(msgspec.Struct, frozen=True):
    """An agreement, in few words, that has something in common with another; of an unknown title: null."""

    id: str
    member: str
    member_name: str
    subject: str
    title: str | None
    state: State


class DuplicateView(msgspec.Struct, frozen=True):
    """An agreement that may be the same, and what to do about it."""

    agreement: SimilarView
    detail: str
    opened_at: datetime


class SharingView(msgspec.Struct, frozen=True):
    """An agreement with a text, and the share of words, in percent, in common with its pattern."""

    agreement: SimilarView
    share: int


class SameTextView(msgspec.Struct, frozen=True):
    """The text that an agreement shares: *size* of them in all, *agreements* some of the others."""

    id: int
    size: int
    share: int
    agreements: list[SharingView]
    detail: str


class SiblingsView(msgspec.Struct, frozen=True):
    """Who else deals with the same partner, with the same country on the same theme: of each its newest."""

    partner: list[SimilarView]
    country_theme: list[SimilarView]


class ResemblancesView(msgspec.Struct, frozen=True):
    """What an agreement has in common with others, as far as the asker may see them."""

    id: str
    duplicates: list[DuplicateView]
    same_text: SameTextView | None
    siblings: SiblingsView
    as_of: date


class TextView(msgspec.Struct, frozen=True):
    """A text that *size* agreements share, each at least *share* percent of its words.

    *agreement* is the first known of those that the asker may see, *text* the object of it.
    """

    id: int
    size: int
    share: int
    text: str | None
    agreement: SimilarView | None
    links: dict[str, str]


class TextPage(Page, frozen=True):
    """One page of texts, the most used first."""

    items: list[TextView]


class SharingPage(Page, frozen=True):
    """One page of agreements that share a text, the first known first."""

    items: list[SharingView]


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


class SealView(msgspec.Struct, frozen=True):
    """Where each chain stands at *position*, by member; *digest* is over all of it."""

    position: int
    chains: int
    digest: str
    items: list[LedgerView]


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
