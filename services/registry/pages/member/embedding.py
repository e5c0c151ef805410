"""`/incorporar/{member}`: a member's public agreements, to stand inside its own transparency page.

The same for whoever asks: a frame on another site brings no session, and whoever has one sees no more by it.
"""

from typing import Final

from aiohttp import hdrs, web

from services.registry import queries
from services.registry.http.answers import PUBLIC_URL, reach, snapshot_of, today
from services.registry.http.parameters import NO_SUCH_MEMBER
from services.registry.pages.citizens.facts import facts_only
from services.registry.pages.member import holding
from services.registry.queries import Moment, of_desk
from shared.accounts import NOBODY, Caller
from shared.notices.feed import ANONYMOUS
from shared.notices.places import is_member_id
from shared.problems import NotFound
from shared.web import page
from shared.web.addresses import member_path

MOST_LISTED: Final = 50
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)
_SAME_FOR_ALL: Final = "public, max-age=300"


async def embedded(request: web.Request, _caller: Caller) -> web.Response:
    """The page that another site may frame: no scripts, no forms, what is public."""
    member = request.match_info["member"]
    if not is_member_id(member):
        raise NotFound(NO_SUCH_MEMBER)
    sees, day = reach(ANONYMOUS), today()
    async with snapshot_of(request) as connection:
        row = await queries.member(connection, member)
        if row is None:
            raise NotFound(NO_SUCH_MEMBER)
        period = await facts_only(connection, NOBODY)
        counts = await queries.counts(connection, [member], day, sees)
        listed = await of_desk.listed(connection, member, day, MOST_LISTED + 1)
        found = await holding.held(request, connection, listed[:MOST_LISTED], Moment(day), sees)
    figures = {count.measure: count.n for count in counts if not count.key}
    known = bool(counts) or row.last_heard_at is not None
    context = {
        "member": row,
        "place": member_path(row.id),
        "signed": figures.get("signed_ever", 0) if known else None,
        "in_force": figures.get("in_force", 0) if known else None,
        "agreements": [found[each] for each in listed if each in found],
        "more": len(listed) > MOST_LISTED,
        "facts_only": period,
        "as_of": day,
        "address": request.app[PUBLIC_URL],
    }
    response = page(request, "registry/member/embedded.html", context)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers[hdrs.CACHE_CONTROL] = _SAME_FOR_ALL
    response.headers[hdrs.VARY] = "Accept-Language, Cookie"
    return response
