"""Counts of agreements."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.registry.shapes.lists import Page
from shared.data import MemberKind

By = Literal[
    "country", "mesoregion", "theme", "sdg", "instrument", "state", "month", "gate", "partner", "member"
]
"""What agreements may be counted by."""


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
