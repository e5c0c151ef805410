"""`/quadros/duplicatas`: agreements that may be one and the same, side by side."""

import re
from typing import Any, Final, NamedTuple

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of
from services.registry.http.closing import MOST_CHARACTERS
from services.registry.http.naming import member_names
from services.registry.http.paging import cursor
from services.registry.pages.boards.asked import Asked, export
from services.registry.pages.boards.lines import mesoregion_of, told_on
from services.registry.pages.boards.noting import note_reading
from services.registry.pages.boards.reviews import says
from services.registry.queries import of_doubts
from shared import web as look
from shared.accounts import Caller

KINDS: Final = ("duplicate",)
_PAIRS: Final = 20
_LIST: Final = "duplicates"
_WHY: Final = re.compile(r"\(AG-[0-9A-Z]+\): ([^.]+\.)")
"""Of what an entry says, why the two look alike; the rest tells programs what to send."""
_COMPARED: Final = ("title", "instrument", "signed_on", "effective_on", "ends_on", "state", "object")


class Side(NamedTuple):
    """One of a pair: its id, its reference at its member, and what is told of it now."""

    id: str
    subject: str
    told: dict[str, Any]

    @property
    def partners(self) -> list[str]:
        """With whom."""
        return [each.get("name") or "" for each in self.told.get("partners") or ()]


class Pair(NamedTuple):
    """The one known later, the one that it may be, why, and for how many days this is open."""

    review: queries.ReviewRow
    member_name: str
    mesoregion: str | None
    says: str
    later: Side
    earlier: Side
    differing: frozenset[str]
    days: int


async def get_duplicates(request: web.Request, caller: Caller) -> web.Response:
    """The board, the longest open first."""
    asked = Asked(request, ("mesoregion", "member"))
    chosen = of_doubts.Doubtful(KINDS, None, asked.parameters.member(), asked.mesoregion)
    after = asked.paging.position(_LIST) if asked.paging.cursor else 0
    async with connection_of(request) as connection:
        doubts = await of_doubts.doubts(connection, chosen)
        rows = await of_doubts.doubtful(connection, chosen, after=after, limit=_PAIRS + 1)
        shown = rows[:_PAIRS]
        named = [name for row in shown for name in (row.review.agreement, row.review.other)]
        await note_reading(request, connection, caller, named)
    following = cursor(_LIST, shown[-1].review.id) if len(rows) > _PAIRS else None
    return look.page(
        request,
        "registry/boards/duplicates.html",
        {
            **asked.context(following),
            "pairs": [_pair(request, row, asked) for row in shown if row.other_fold is not None],
            "count": sum(each.n for each in doubts),
            "may_close": caller.role == "coordination",
            "most_characters": MOST_CHARACTERS,
            "export": export("/v1/reviews", kind="duplicate", member=chosen.member),
        },
    )


def _pair(request: web.Request, row: of_doubts.DoubtfulRow, asked: Asked) -> Pair:
    review = row.review
    later = Side(review.agreement, review.subject, told_on(row.fold, asked.today))
    earlier = Side(review.other, row.other_subject or "", told_on(row.other_fold, asked.today))
    differing = {name for name in _COMPARED if later.told.get(name) != earlier.told.get(name)}
    if later.partners != earlier.partners:
        differing.add("partners")
    said = says(review, look.page_language(request))
    why = _WHY.search(said)
    return Pair(
        review=review,
        member_name=member_names(request)(review.member) or review.member,
        mesoregion=mesoregion_of(review.member),
        says=said if why is None else why[1],
        later=later,
        earlier=earlier,
        differing=frozenset(differing),
        days=(asked.paging.now - review.opened_at).days,
    )
