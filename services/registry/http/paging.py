"""Which page of a list is asked for. A file is all pages, of one instant, one after the other."""

import re
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime
from typing import Final

import msgspec
from multidict import MultiMapping

from services.registry.http.parameters import Parameters
from services.registry.queries import NEWEST
from shared.notices.canonical import base64url
from shared.notices.dates import day_of
from shared.notices.places import is_member_id
from shared.notices.sentences import Sentence
from shared.problems import InvalidParameter

MOST_ITEMS: Final = 500
USUAL_ITEMS: Final = 50
NAMES: Final = frozenset({"cursor", "format", "limit"})
"""The parameters of every list."""
_POSITION: Final = re.compile(r"[0-9]{1,19}")


class Paging(msgspec.Struct, frozen=True):
    """At most *limit* items, from the *cursor* on (None: from the beginning), as of the instant *now*."""

    limit: int
    cursor: str | None
    now: datetime

    @classmethod
    def of(cls, query: MultiMapping[str]) -> "Paging":
        """The page that an address asks for. Raises InvalidParameter."""
        asked = Parameters(query, {*query}, once=NAMES)
        limit = asked.number("limit", usual=USUAL_ITEMS, least=1, most=MOST_ITEMS)
        return cls(limit, query.get("cursor"), datetime.now(UTC))

    def following(self, cursor: str) -> "Paging":
        """The page that begins at *cursor*, of the same instant."""
        return msgspec.structs.replace(self, cursor=cursor)

    @property
    def today(self) -> date:
        """The business day of the answer."""
        return day_of(self.now)

    def position(self, kind: str) -> int:
        """The position before which the page of a list of this *kind* begins; the newest without a cursor."""
        key = self.key(kind)
        if key is None:
            return NEWEST
        if not _POSITION.fullmatch(key) or int(key) > NEWEST:
            raise bad_cursor()
        return int(key)

    def member(self, kind: str) -> str:
        """The member after which the page begins; none without a cursor."""
        key = self.key(kind)
        if key is not None and not is_member_id(key):
            raise bad_cursor()
        return key or ""

    def key(self, kind: str) -> str | None:
        """Where the page begins in a list of this *kind*; InvalidParameter for a cursor of another list."""
        if self.cursor is None:
            return None
        try:
            found_kind, key = msgspec.json.decode(
                urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)), type=tuple[str, str]
            )
        except (ValueError, msgspec.DecodeError):
            raise bad_cursor() from None
        if found_kind != kind:
            raise bad_cursor()
        return key


def cursor(kind: str, key: str | int) -> str:
    """What a list gives as `next`: opaque, good for the same list only."""
    return base64url(msgspec.json.encode((kind, str(key))))


def bad_cursor() -> InvalidParameter:
    """The problem of a cursor that this list cannot have given."""
    return InvalidParameter(
        "cursor",
        Sentence(
            "Este cursor não foi dado por esta lista: use o valor de next, sem mudar os filtros.",
            "This cursor was not given by this list: use the value of next, with the same filters.",
        ),
    )
