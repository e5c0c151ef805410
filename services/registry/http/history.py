"""`GET /v1/agreements/{id}/history`: every version of an agreement, with what changed, by which notice."""

import asyncio
from typing import Final, NamedTuple

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.folding.history import Arrival, Version, Walk
from services.registry.http import moments
from services.registry.http.agreements import NO_SUCH_AGREEMENT, agreement_of
from services.registry.http.answers import caller_of, connection_of, reach, snapshot_of
from services.registry.http.known import notice_of
from services.registry.http.moments import Asked
from services.registry.http.paging import NAMES, Paging, cursor
from services.registry.http.parameters import Parameters
from services.registry.http.views import concerns
from services.registry.network import audit
from services.registry.shapes import ChangeView, Page, VersionView
from shared.accounts import Caller, scope_of
from shared.problems import NotFound

_LIST: Final = "history"
_AT_ONCE: Final = 200
"""So many notices are walked along between other things that the process does; more, beside them."""


class _Told(msgspec.Struct):
    """The notices of an agreement, and the walk along them."""

    rows: dict[int, queries.ToldRow]
    arrivals: list[Arrival]
    shown: frozenset[int]
    walk: Walk


_WALK: Final = web.RequestKey("history_walk", _Told)


async def list_versions(request: web.Request, paging: Paging) -> Page:
    """Versions in order of arrival. What a version changed is seen on the day asked for."""
    agreement_id = agreement_of(request)
    asked = moments.asked(Parameters(request.query, moments.NAMES | NAMES), paging.now)
    found = await some_versions(request, agreement_id, asked, paging, await caller_of(request))
    return Page(
        items=[_view(row, version) for row, version in found.versions], next=found.next, as_of=asked.as_of
    )


class Versions(NamedTuple):
    """Some versions of an agreement, each with the notice that made it; *next*: as in a page of a list."""

    versions: list[tuple[queries.ToldRow, Version]]
    next: str | None


async def some_versions(
    request: web.Request, agreement_id: str, asked: Asked, paging: Paging, caller: Caller
) -> Versions:
    """A page of the versions of that agreement, as *caller* may see them."""
    after = paging.position(_LIST) if paging.cursor is not None else 0
    told = request.get(_WALK)
    if told is None or told.walk.reached != after:
        told = await _told(request, agreement_id, asked, caller)
        request[_WALK] = told  # the pages of one file follow each other
    if len(told.arrivals) > _AT_ONCE:
        versions = await asyncio.to_thread(_page, told, after, paging.limit)
    else:
        versions = _page(told, after, paging.limit)
    shown = [(told.rows[each.position], each) for each in versions if each.position in told.shown]
    return Versions(shown, None if told.walk.is_over else cursor(_LIST, told.walk.reached))


async def _told(request: web.Request, agreement_id: str, asked: Asked, caller: Caller) -> _Told:
    async with snapshot_of(request) as connection:
        moment = await asked.moment(connection)
        row = await queries.agreement(connection, agreement_id, reach(scope_of(caller)))
        if row is None:
            raise NotFound(NO_SUCH_AGREEMENT)
        rows = await queries.told(connection, [row.id], until=moment.position)
    if row.visibility == "restricted":
        async with connection_of(request) as connection:
            await audit.note(connection, caller, "read", row.id, "history")
    if not rows:
        raise NotFound(NO_SUCH_AGREEMENT)
    arrivals = await asyncio.to_thread(_arrivals, rows)
    concerned = concerns(caller, row.member)
    return _Told(
        rows={each.position: each for each in rows},
        arrivals=arrivals,
        shown=frozenset(
            arrival.position
            for arrival in arrivals
            if concerned or arrival.notice.fact.visibility != "restricted"
        ),
        walk=Walk(row.member, row.subject, arrivals, asked.as_of),
    )


def _arrivals(rows: list[queries.ToldRow]) -> list[Arrival]:
    return [Arrival(row.position, notice_of(row)) for row in rows]


def _page(told: _Told, after: int, most: int) -> list[Version]:
    if told.walk.reached != after:
        told.walk.skip(after)
    return told.walk.take(most)


def _view(row: queries.ToldRow, version: Version) -> VersionView:
    notice = notice_of(row)
    return VersionView(
        version=version.position,
        known_from=row.registered_at,
        notice=notice.protocol,
        type=notice.type,
        changes=[ChangeView(*change) for change in version.changes],
    )
