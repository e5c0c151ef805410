"""Where a notice is, and the feed that it stands in."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.registry.shapes.agreements import RemarkView


class ConflictView(msgspec.Struct, frozen=True):
    """The same identity came again with other content, at this instant."""

    received_at: datetime


class Stages(msgspec.Struct, frozen=True):
    """When a notice reached each station; null: not yet.

    *published_at*: a quorum holds its feed item, from which every console reads. *acknowledged_at*: somebody
    of the office or the coordination took note of the agreement as it stood with this notice, or later; left
    out where a notice tells of no agreement.
    """

    received_at: datetime | None
    registered_at: datetime | None
    published_at: datetime | None
    acknowledged_at: datetime | UnsetType | None = UNSET


class ReceiptView(msgspec.Struct, frozen=True):
    """Where a notice is. *remarks* is left out for those who merely hold the number.

    *discarded_at* is there when operators gave up a notice that could not be registered (`dead`).
    """

    protocol: str
    status: Literal["registered", "dead"]
    digest: str | None
    conflicts: list[ConflictView]
    stages: Stages
    remarks: list[RemarkView] | UnsetType = UNSET
    discarded_at: datetime | UnsetType = UNSET


class FeedPage(msgspec.Struct, frozen=True):
    """Feed items in order. The reader is complete up to *position*; *head* is the last one given."""

    items: list[Any]
    position: int
    head: int
