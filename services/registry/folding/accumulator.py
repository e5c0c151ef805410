"""The fold's accumulator: what has to be known of an agreement to take in one later notice. Pure."""

from datetime import date, datetime

import msgspec

from services.registry.folding.agreement import Question, Stage, Successor, Value
from services.registry.folding.doubts import Doubt
from shared.notices.codelists import Visibility


class OrderKey(msgspec.Struct, frozen=True, order=True, array_like=True):
    """The place of a notice in the order of the fold."""

    day: date
    time: datetime
    rank: int
    source: str
    id: str


class Fold(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The accumulator: what has to be known to take in one later notice, at the same cost always."""

    member: str
    subject: str
    last_key: OrderKey | None = None
    told: bool = False
    signed_on: date | None = None
    """The day of the first notice in fold order that told it as signed."""
    signed_by: str | None = None
    """That notice's protocol."""
    signature_corrected: date | None = None
    """The day of the signature, by the last correction that named one."""
    stages: list[Stage] = []
    """What facts brought about; "signed" and what follows from dates is not among it."""
    final: Stage | None = None
    uncounted_from: date | None = None
    fields: dict[str, list[Value]] = {}
    corrected: list[str] = []
    """Fields that were corrected: a first telling does not overwrite them."""
    visibility: Visibility | None = None
    tellers: dict[str, str] = {}
    """By which notice each of the fields WATCHED was told last."""
    successor: Successor | None = None
    confirmed_on: date | None = None
    questions: list[Question] = []
    doubts: list[Doubt] = []
    doubt_count: int = 0
    untold_count: int = 0
    unsigned_count: int = 0
    """How many doubts last until it is told, until it is signed; `doubt_count`: the others."""
    retractions: dict[str, str] = {}
    own_retractions: dict[str, str] = {}
    """Protocols that were retracted but are not there (yet), each with its retraction's protocol.

    The coordination may take back whatever was told, the member its own notices only.
    """

    @property
    def signed_from(self) -> date | None:
        """From when it counts as signed: as corrected, else as first told; None: never told as signed."""
        if self.signed_on is None:
            return None
        return self.signature_corrected or self.signed_on
