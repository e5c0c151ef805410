"""`…/atom.xml`: what is new of the state, a municipality, a country (RFC 4287). The same for everybody."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final, get_args

import aiohttp_jinja2
from aiohttp import hdrs, web

from services.registry.http.answers import PUBLIC_URL, connection_of, now, today
from services.registry.http.counts import counted
from services.registry.papers.licence import LICENCE
from services.registry.queries import Connection, announced
from shared import data
from shared.accounts import Caller
from shared.notices.codelists import Country, name_of
from shared.notices.dates import write_instant
from shared.notices.feed import FeedItem
from shared.problems import NotFound
from shared.web import page_language, words_of
from shared.web.addresses import member_path

ATOM: Final = "application/atom+xml"
_SAME_FOR_ALL: Final = "public, max-age=300"
_COUNTRIES: Final = frozenset(get_args(Country))
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0, section 2.2)."""


async def of_state(request: web.Request, _caller: Caller) -> web.Response:
    """What is new in the whole state."""
    async with connection_of(request) as connection:
        items = await announced.of_all(connection)
    return _feed(request, items, words_of(request).gettext("Acordos de Minas"), "/estado")


async def of_city(request: web.Request, _caller: Caller) -> web.Response:
    """What is new of a municipality."""
    city = data.municipalities().get(request.match_info["municipality"])
    if city is None:
        raise NotFound
    async with connection_of(request) as connection:
        items = await announced.of_member(connection, city.ibge_code)
    title = words_of(request).gettext("Acordos de {name}").format(name=city.name)
    return _feed(request, items, title, f"/municipios/{city.ibge_code}")


async def of_country(request: web.Request, _caller: Caller) -> web.Response:
    """What is new with a country."""
    code = request.match_info["country"]
    if code not in _COUNTRIES:
        raise NotFound
    day = today()

    async def find(connection: Connection) -> list[str]:
        return await announced.told_last(connection, code, day)

    told_last = await counted(request, ("atom", code, day), find, may_be_late=True)
    async with connection_of(request) as connection:
        items = await announced.of_agreements(connection, told_last)
    name = name_of("countries", code).in_language(page_language(request))
    title = words_of(request).gettext("Acordos com {name}").format(name=name)
    return _feed(request, items, title, f"/paises/{code}")


def _feed(request: web.Request, items: Sequence[FeedItem], title: str, about: str) -> web.Response:
    origin, language = request.app[PUBLIC_URL], page_language(request)
    entries = [
        {
            "id": f"{origin}/protocolos/{item.protocol}",
            "link": f"{origin}{_page_of(item)}",
            "title": _in_xml(item.headline.in_language(language)),
            "author": _in_xml(item.member.name),
            "published": write_instant(item.received_at),
            "updated": write_instant(item.registered_at),
            "themes": [(code, name_of("themes", code).in_language(language)) for code in item.themes],
        }
        for item in items
    ]
    body = _rendered(
        request,
        {
            "origin": origin,
            "title": title,
            "about": about,
            "tag": "en" if language == "en" else "pt-BR",
            "licence": LICENCE.url,
            "rights": LICENCE.name,
            "updated": entries[0]["updated"] if entries else write_instant(_first_instant()),
            "entries": entries,
        },
    )
    etag = hashlib.sha256(body).hexdigest()[:16]
    headers = {
        hdrs.CACHE_CONTROL: _SAME_FOR_ALL,
        hdrs.ETAG: f'"{etag}"',
        hdrs.VARY: "Accept-Language, Cookie",
        hdrs.CONTENT_TYPE: f"{ATOM}; charset=utf-8",
    }
    if any(known.value == etag for known in request.if_none_match or ()):
        return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
    return web.Response(body=body, headers=headers)


def _first_instant() -> Any:
    """Nothing has happened yet; a feed has to say when it changed: this year."""
    return now().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _rendered(request: web.Request, context: dict[str, Any]) -> bytes:
    return aiohttp_jinja2.render_string("registry/citizens/feed.xml", request, context).encode()


def _page_of(item: FeedItem) -> str:
    if item.agreement is not None:
        return f"/acordos/{item.agreement.id}"
    return member_path(item.member.id)


def _in_xml(text: str) -> str:
    return _NO_XML.sub("", text)
