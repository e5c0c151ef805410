"""`/membro`: a member's own page. First what waits for an answer, then what was sent."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.answers import PUBLIC_URL, connection_of, reach, snapshot_of, today
from services.registry.http.reviews import review_view
from services.registry.network import audit
from services.registry.pages.member import holding, sent, whose, wording
from services.registry.pages.member.holding import Held
from services.registry.pages.member.whose import Whose
from services.registry.queries import NEWEST, Moment, Reach, of_desk
from services.registry.shapes import ReviewView
from shared.accounts import Caller, scope_of
from shared.notices.codelists import name_of
from shared.web import page, page_language, words_of

MOST_REVIEWS: Final = 20
MOST_ENDING: Final = 20
MOST_INCOMPLETE: Final = 5
MOST_SENT: Final = 5
AHEAD: Final = timedelta(days=180)


class Waiting(msgspec.Struct, frozen=True):
    """What waits for the member: reviews with what each is about, questions, what ends, what is missing."""

    reviews: Sequence[tuple[str, ReviewView, Held | None]]
    more_reviews: bool
    asked: Sequence[Held]
    ending: Sequence[Held]
    incomplete: Sequence[Held]


async def desk(request: web.Request, caller: Caller) -> web.Response:
    """The page; whoever sees another's restricted agreements on it has that noted."""
    member = whose.named(request, caller)
    sees = reach(scope_of(caller))
    async with snapshot_of(request) as connection:
        of = await whose.whose(connection, caller, member)
        figures = await _figures(connection, of, sees)
        waiting = await _waiting(request, connection, of, sees)
        latest = await sent.told(
            request, connection, of, sees, before=NEWEST, remarked=False, limit=MOST_SENT + 1
        )
    if caller.member != of.id and _shows_restricted(waiting):
        async with connection_of(request) as connection:
            await audit.note(connection, caller, "read", request.path, of.id)
    context = {
        "of": of,
        "own": caller.member == of.id,
        "figures": figures,
        "waiting": waiting,
        "nothing_waits": not (waiting.reviews or waiting.asked or waiting.ending),
        "notices": latest[:MOST_SENT],
        "more_notices": len(latest) > MOST_SENT,
        "missing": wording.missing(page_language(request)),
        "address": request.app[PUBLIC_URL],
        "snippet_title": f"{words_of(request).gettext('Acordos internacionais')}: {of.name}",
    }
    return page(request, "registry/member/desk.html", context)


async def _figures(connection: queries.Connection, of: Whose, sees: Reach) -> dict[str, int | None]:
    """The member's numbers; None: nothing was ever heard and nothing is known."""
    row = await queries.member(connection, of.id)
    counts = await queries.counts(connection, [of.id], today(), sees)
    told = {count.measure: count.n for count in counts if not count.key}
    known = bool(counts) or (row is not None and row.last_heard_at is not None)
    names = ("signed_ever", "in_force", "negotiating", "expiring_90_days")
    return {name: told.get(name, 0) if known else None for name in names}


async def _waiting(request: web.Request, connection: queries.Connection, of: Whose, sees: Reach) -> Waiting:
    day = today()
    rows = await queries.reviews(
        connection,
        queries.Reviewed("open", member=of.id),
        before=NEWEST,
        limit=MOST_REVIEWS + 1,
        reach=sees,
    )
    asked = await of_desk.asked(connection, of.id)
    ending = await of_desk.ending(connection, of.id, day, day + AHEAD, MOST_ENDING)
    incomplete = await of_desk.incomplete(connection, of.id, day, MOST_INCOMPLETE)
    agreements = {row.agreement for row in rows} | {*asked, *ending, *incomplete}
    found = await holding.held(request, connection, sorted(agreements), Moment(day), sees)
    language = page_language(request)
    return Waiting(
        reviews=[
            (
                name_of("contradictions", row.code).in_language(language),
                review_view(row, language),
                found.get(row.agreement),
            )
            for row in rows[:MOST_REVIEWS]
        ],
        more_reviews=len(rows) > MOST_REVIEWS,
        asked=[each for each in _there(found, asked) if each.open],
        ending=_there(found, ending),
        incomplete=_there(found, incomplete),
    )


def _there(found: Mapping[str, Held], agreements: Sequence[str]) -> list[Held]:
    return [found[each] for each in agreements if each in found]


def _shows_restricted(waiting: Waiting) -> bool:
    shown: list[Any] = [held for _, _, held in waiting.reviews if held is not None]
    shown += [*waiting.asked, *waiting.ending, *waiting.incomplete]
    return bool(waiting.asked) or any(each.visibility == "restricted" for each in shown)
