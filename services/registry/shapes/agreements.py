"""An agreement, its versions, and a page of agreements."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from services.registry.shapes.lists import Page
from shared.notices.codelists import State, Visibility


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


class Correction(msgspec.Struct, frozen=True):
    """A word that stands nowhere, and those that were looked for instead."""

    asked: str
    used: list[str]


class AgreementPage(Page, frozen=True):
    """One page of agreements; *corrected*: what was looked for instead of mistyped words of `q`.

    Words are looked for in what is told now, whatever the instant asked for.
    """

    items: list[AgreementView]
    known_at: datetime
    corrected: list[Correction]


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
