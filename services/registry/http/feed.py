"""`GET /v1/feed`: the feed page by page, for those who catch up."""

from typing import Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of, scope_of
from services.registry.http.paging import Paging, cursor
from services.registry.http.parameters import Parameters
from services.registry.shapes import FeedPage, Page
from shared.notices.feed import FeedItem, Filter, Scope, stricter

_LIST: Final = "feed"
_OWN: Final = ("after", "format", "limit")
_CHUNK_ROWS: Final = 500
_SCANNED_ROWS: Final = 5_000
"""What one request reads at most, however little of it matches: the rest is for the next request."""

_item = msgspec.json.Decoder(FeedItem)


async def get_feed(request: web.Request) -> FeedPage:
    """Items after a position, in order; `position` says up to where the page is complete."""
    return await _page(request, None, Paging.of(request.query).limit)


async def list_feed(request: web.Request, paging: Paging) -> Page:
    """The same as a list that goes on up to the head, for those who take it as a file."""
    key = paging.key(_LIST)
    found = await _page(request, None if key is None else int(key), paging.limit)
    following = cursor(_LIST, found.position) if found.position < found.head else None
    return Page(found.items, following, paging.today)


async def _page(request: web.Request, after: int | None, limit: int) -> FeedPage:
    wanted = Filter.parse(request.query, other=_OWN)
    if "backfill" not in request.query:
        wanted = msgspec.structs.replace(wanted, backfill=True)
    own = Parameters(request.query, {*_OWN, *Filter.__struct_fields__}, once=_OWN)
    if after is None:
        after = own.number("after", usual=0, least=0, most=queries.NEWEST)
    scope = await scope_of(request)
    async with connection_of(request) as connection:
        head = await queries.head(connection)
        if after > head:  # a position from another life: nothing is complete beyond the head
            return FeedPage([], head, head)
        return await _scan(connection, wanted, scope, after=after, limit=limit, head=head)


async def _scan(
    connection: queries.Connection, wanted: Filter, scope: Scope, *, after: int, limit: int, head: int
) -> FeedPage:
    items: list[FeedItem] = []
    position, scanned = after, 0
    while scanned < _SCANNED_ROWS:
        rows = await queries.feed(connection, after=position, limit=_CHUNK_ROWS)
        for row in rows:
            position = row.position
            item = _as_of_now(row)
            if scope.sees(item.visibility, item.member.id) and wanted.matches(item):
                items.append(item)
                if len(items) == limit:
                    return FeedPage(items, position, max(head, position))
        scanned += len(rows)
        if len(rows) < _CHUNK_ROWS:
            break
    return FeedPage(items, position, max(head, position))


def _as_of_now(row: queries.FeedRow) -> FeedItem:
    """The item, judged by the stricter of what it was and what its agreement is now."""
    item = _item.decode(row.item)
    if row.visibility is None:
        return item
    return msgspec.structs.replace(item, visibility=stricter(item.visibility, row.visibility))
