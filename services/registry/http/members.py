"""`GET /v1/members`: who is in the network, and the one click."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of, reach_of, today
from services.registry.http.paging import NAMES, Paging, cursor
from services.registry.http.parameters import NO_SUCH_MEMBER, Parameters
from services.registry.shapes import MemberView, Page, Signed
from shared.notices.places import is_member_id
from shared.problems import NotFound

_KINDS: Final = ("municipality", "state", "organisation")
_LIST: Final = "members"


async def get_member(request: web.Request) -> MemberView:
    """The one click: as many rows read as there are figures, however many agreements stand behind them."""
    member_id = request.match_info["member"]
    if not is_member_id(member_id):
        raise NotFound(NO_SUCH_MEMBER)
    reach = await reach_of(request)
    as_of = today()
    async with connection_of(request) as connection:
        row = await queries.member(connection, member_id)
        if row is None:
            raise NotFound(NO_SUCH_MEMBER)
        counts = await queries.counts(connection, [row.id], as_of, reach)
    return _view(row, counts, as_of)


async def list_members(request: web.Request, paging: Paging) -> Page:
    """Members in order of id, each with its numbers."""
    parameters = Parameters(request.query, {"kind", "mesoregion", "q", *NAMES})
    limit = paging.limit
    name = parameters.text("q")
    reach = await reach_of(request)
    as_of = paging.today
    async with connection_of(request) as connection:
        rows = await queries.members(
            connection,
            after=paging.member(_LIST),
            limit=limit + 1,
            kind=parameters.one_of("kind", _KINDS),
            mesoregion=parameters.text("mesoregion"),
            folded_name=None if name is None else queries.folded(name),
        )
        page = rows[:limit]
        counts = await queries.counts(connection, [row.id for row in page], as_of, reach)
    by_member: dict[str, list[queries.Count]] = {}
    for count in counts:
        by_member.setdefault(count.member, []).append(count)
    return Page(
        items=[_view(row, by_member.get(row.id, ()), as_of) for row in page],
        next=cursor(_LIST, page[-1].id) if len(rows) > limit else None,
        as_of=as_of,
    )


def _view(row: queries.MemberRow, counts: Iterable[queries.Count], as_of: date) -> MemberView:
    figures = {(count.measure, count.key): count.n for count in counts}
    known = row.last_heard_at is not None or bool(figures)

    def figure(measure: str) -> int | None:
        return figures.get((measure, ""), 0) if known else None

    def by(measure: str) -> dict[str, int]:
        broken_down = ((key, n) for (name, key), n in figures.items() if name == measure)
        return dict(sorted(broken_down, key=lambda entry: (-entry[1], entry[0])))

    return MemberView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        mesoregion=row.mesoregion,
        signed=Signed(ever=figure("signed_ever"), this_mandate=figure("signed_mandate")),
        in_force=figure("in_force"),
        negotiating=figure("negotiating"),
        unilateral=figure("unilateral"),
        expiring_90_days=figure("expiring_90_days"),
        by_country=by("by_country"),
        by_theme=by("by_theme"),
        last_heard_at=row.last_heard_at,
        last_nil_return=row.last_nil_return,
        as_of=as_of,
    )
