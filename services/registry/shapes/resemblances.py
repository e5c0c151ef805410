"""What agreements have in common."""

from datetime import date, datetime

import msgspec

from services.registry.shapes.lists import Page
from shared.notices.codelists import State


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
