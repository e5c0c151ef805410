"""`GET /v1/members`: who is in the network, and the one click."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final

import msgspec
from aiohttp import web
from msgspec import UNSET

from services.registry import queries
from services.registry.http import moments
from services.registry.http.answers import caller_of, connection_of, now, reach
from services.registry.http.counts import counting
from services.registry.http.filters import KINDS
from services.registry.http.moments import Asked
from services.registry.http.paging import NAMES, Paging, cursor
from services.registry.http.parameters import NO_SUCH_MEMBER, Parameters
from services.registry.http.views import concerns
from services.registry.shapes import Contact, MemberView, Page, Signed
from services.registry.watch import almanac
from services.registry.writing import ledger, tally
from shared import data
from shared.accounts import Caller, scope_of
from shared.notices.dates import day_of
from shared.notices.places import is_member_id
from shared.problems import NotFound

HEARD: Final = ("never", "silent_12_months", "recently")
_LIST: Final = "members"
_FILTERS: Final = frozenset({"kind", "mesoregion", "q", "heard", "nil_return"})
_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode


async def get_member(request: web.Request) -> MemberView:
    """The one click: as many rows read as there are figures, however many agreements stand behind them."""
    member_id = request.match_info["member"]
    if not is_member_id(member_id):
        raise NotFound(NO_SUCH_MEMBER)
    asked = moments.asked(Parameters(request.query, moments.NAMES), now())
    caller = await caller_of(request)
    async with connecting(request, asked) as connection:
        row = await queries.member(connection, member_id)
        if row is None:
            raise NotFound(NO_SUCH_MEMBER)
        moment = await asked.moment(connection)
        [view] = await views(connection, [row], asked, moment, caller)
    return view


async def list_members(request: web.Request, paging: Paging) -> Page:
    """Members in order of id, each with its numbers."""
    parameters = Parameters(request.query, _FILTERS | moments.NAMES | NAMES)
    name = parameters.text("q")
    kind = parameters.one_of("kind", KINDS)
    mesoregion = parameters.one_of("mesoregion", data.mesoregions())
    heard = parameters.one_of("heard", HEARD)
    nil_return = parameters.flag("nil_return")
    after = paging.member(_LIST)
    asked = moments.asked(parameters, paging.now)
    caller = await caller_of(request)
    async with connecting(request, asked) as connection:
        moment = await asked.moment(connection)
        rows = await queries.members(
            connection,
            after=after,
            kind=kind,
            mesoregion=mesoregion,
            folded_name=None if name is None else queries.folded(name),
        )
        if heard is not None or nil_return is not None:
            rows = [
                row
                for row in await _heard(connection, rows, moment)
                if heard in {None, _when_heard(row, asked.known_at)}
                and nil_return in {None, row.last_nil_return is not None}
            ]
        items = await views(connection, rows[: paging.limit], asked, moment, caller)
    return Page(
        items=items,
        next=cursor(_LIST, items[-1].id) if len(rows) > paging.limit else None,
        as_of=asked.as_of,
    )


def connecting(request: web.Request, asked: Asked) -> AbstractAsyncContextManager[queries.Connection]:
    """What is known today is maintained; the rest has to be counted, and waits for its turn."""
    return counting(request) if is_counted(asked) else connection_of(request)


def is_counted(asked: Asked) -> bool:
    """Whether the numbers asked for are not maintained, but have to be counted."""
    return asked.past or asked.as_of < day_of(asked.known_at)


def _when_heard(row: queries.MemberRow, at: datetime) -> str:
    if row.last_heard_at is None:
        return "never"
    silent = almanac.first_instant(almanac.a_year_before(day_of(at)) + timedelta(1))
    return "silent_12_months" if row.last_heard_at < silent else "recently"


async def _heard(
    connection: queries.Connection, rows: Sequence[queries.MemberRow], moment: queries.Moment
) -> list[queries.MemberRow]:
    """*rows* as they were at *moment*."""
    if moment.position is None:
        return list(rows)
    heard = await queries.heard(connection, [row.id for row in rows], moment.position)
    return [
        msgspec.structs.replace(
            row,
            last_heard_at=heard[row.id].last_heard_at,
            last_nil_return=heard[row.id].last_nil_return,
        )
        for row in rows
    ]


async def views(
    connection: queries.Connection,
    rows: Sequence[queries.MemberRow],
    asked: Asked,
    moment: queries.Moment,
    caller: Caller,
) -> list[MemberView]:
    """The numbers of the members of *rows*, as far as the caller may see them."""
    members = [row.id for row in rows]
    sees = reach(scope_of(caller))
    rows = await _heard(connection, rows, moment)
    if is_counted(asked):
        counts = await _recounted(connection, rows, queries.Counted(queries.Wanted(), moment, sees))
    else:
        counts = await queries.counts(connection, members, asked.as_of, sees)
    by_member: dict[str, list[queries.Count]] = {}
    for count in counts:
        by_member.setdefault(count.member, []).append(count)
    concerned = [member for member in members if concerns(caller, member)]
    contacts = await queries.contacts(connection, concerned, moment.position) if concerned else {}
    views = [_view(row, by_member.get(row.id, ()), asked) for row in rows]
    return [
        msgspec.structs.replace(view, contact=contact_of(contacts.get(view.id)))
        if view.id in concerned
        else view
        for view in views
    ]


async def _recounted(
    connection: queries.Connection, rows: Sequence[queries.MemberRow], counted: queries.Counted
) -> list[queries.Count]:
    """The numbers counted anew. Where nothing counts and nobody was heard, something may be known still."""
    counts = await queries.recounted(
        connection,
        [row.id for row in rows],
        counted,
        mandate=queries.first_told(tally.MANDATE_BEGAN),
        state_mandate=queries.first_told(tally.STATE_MANDATE_BEGAN),
    )
    have = {count.member for count in counts}
    silent = [row.id for row in rows if row.last_heard_at is None and row.id not in have]
    return counts + (await queries.known_of(connection, silent, counted) if silent else [])


def _view(row: queries.MemberRow, counts: Iterable[queries.Count], asked: Asked) -> MemberView:
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
        as_of=asked.as_of,
        known_at=asked.known_at if asked.past else UNSET,
    )


def contact_of(disclosure: str | None) -> Contact | None:
    """The contact that a *disclosure* tells."""
    if disclosure is None:
        return None
    told = {field: opening["value"] for field, opening in _read_disclosure(disclosure).items()}
    return Contact(*(told.get(field) for field in Contact.__struct_fields__))
