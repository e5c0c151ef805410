"""The map of the municipalities: its drawing, the same for all, and its numbers, as far as the asker sees."""

import asyncio
import gzip
import hashlib
from datetime import date
from functools import cache
from typing import Final, NamedTuple

import msgspec
from aiohttp import hdrs, web

from services.registry import queries
from services.registry.http.answers import connection_of, reach, today
from shared import data, doors
from shared.accounts import Caller, scope_of
from shared.notices.dates import day_of

_A_DAY: Final = "public, max-age=86400"
_ASKED_ANEW: Final = {
    hdrs.CACHE_CONTROL: "private, no-cache",
    hdrs.VARY: "Accept-Encoding, Authorization, Cookie",
}
_FIELDS: Final = ("signed", "in_force", "negotiating", "expiring_90_days", "last_heard_on")

_Row = tuple[int, int, int, int, date | None]


class Numbers(msgspec.Struct, frozen=True):
    """The *fields* of every municipality of which anything is known; who is not there: no information."""

    as_of: date
    fields: tuple[str, ...]
    members: dict[str, _Row]


class _Drawing(NamedTuple):
    """The drawing as it is served."""

    body: bytes
    gzipped: bytes
    etag: str


def install(app: web.Application) -> None:
    """Add `/mapa.svg` and `/mapa/numeros` to *app*."""
    app.router.add_get("/mapa.svg", get_drawing)
    doors.add_page(app, "GET", "/mapa/numeros", get_numbers, allowed=doors.EVERYBODY)


async def get_drawing(request: web.Request) -> web.Response:
    """Every territory as a path with the id `m` and its IBGE code. It changes when the law moves a border."""
    drawing = await asyncio.to_thread(_drawing)
    headers = {
        hdrs.CACHE_CONTROL: _A_DAY,
        hdrs.ETAG: f'"{drawing.etag}"',
        hdrs.VARY: "Accept-Encoding",
        hdrs.CONTENT_TYPE: "image/svg+xml",
    }
    if _has(request, drawing.etag):
        return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
    if "gzip" not in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        return web.Response(body=drawing.body, headers=headers)
    return web.Response(body=drawing.gzipped, headers={**headers, hdrs.CONTENT_ENCODING: "gzip"})


async def get_numbers(request: web.Request, caller: Caller) -> web.Response:
    """What the map shades by, as of today."""
    on = today()
    async with connection_of(request) as connection:
        known = await queries.on_map(connection, on, reach(scope_of(caller)))
    body = msgspec.json.encode(Numbers(on, _FIELDS, {row.id: _row(row) for row in known}))
    etag = hashlib.sha256(body).hexdigest()[:16]
    headers = {**_ASKED_ANEW, hdrs.ETAG: f'W/"{etag}"'}
    if _has(request, etag):
        return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
    response = web.Response(body=body, content_type="application/json", headers=headers)
    response.enable_compression()
    return response


def _row(row: queries.OnMap) -> _Row:
    heard = None if row.last_heard_at is None else day_of(row.last_heard_at)
    return row.signed, row.in_force, row.negotiating, row.expiring, heard


def _has(request: web.Request, etag: str) -> bool:
    return any(known.value == etag for known in request.if_none_match or ())


@cache
def _drawing() -> _Drawing:
    drawn = msgspec.json.decode(data.map_json())
    box = " ".join(str(edge) for edge in drawn["view_box"])
    paths = "".join(f'<path id="m{code}" d="{path}"/>' for code, path in drawn["paths"].items())
    body = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{paths}</svg>'.encode()
    return _Drawing(body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest()[:16])
