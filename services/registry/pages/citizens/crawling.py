"""`/robots.txt` and the sitemaps: what search engines may read, and where it is."""

from collections.abc import Iterable
from typing import Final, get_args

import aiohttp_jinja2
from aiohttp import hdrs, web

from services.registry.http.answers import PUBLIC_URL, connection_of
from services.registry.pages.places import counts, slugs
from services.registry.pages.places.asking import question
from services.registry.queries import Wanted, listed
from shared import data
from shared.accounts import NOBODY, Caller
from shared.notices.codelists import Theme
from shared.notices.dates import write_instant
from shared.problems import NotFound

_SAME_FOR_ALL: Final = "public, max-age=3600"
_CLOSED: Final = (
    "/v1/", "/entrar", "/convite", "/conta", "/registrar", "/membro", "/quadros", "/pessoas", "/auditoria",
    "/acordos?", "/municipios?", "/erro?", "/protocolos/", "/*?as_of=", "/*?lang=",
)  # fmt: skip
"""For who is signed in, and endless combinations of the same."""
_PAGES: Final = (
    "/estado", "/municipios", "/organizacoes", "/paises", "/mesorregioes", "/temas", "/ods", "/acordos",
    "/dados", "/privacidade", "/acessibilidade", "/periodo-eleitoral", "/api",
)  # fmt: skip


async def robots(request: web.Request, _caller: Caller) -> web.Response:
    """What a robot may ask for (RFC 9309)."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in _CLOSED),
        "",
        f"Sitemap: {request.app[PUBLIC_URL]}/sitemap.xml",
    ]
    return web.Response(
        text="\n".join(lines) + "\n", content_type="text/plain", headers={hdrs.CACHE_CONTROL: _SAME_FOR_ALL}
    )


async def index(request: web.Request, _caller: Caller) -> web.Response:
    """The sitemaps that there are."""
    async with connection_of(request) as connection:
        stretches = await listed.stretches(connection)
    files = ["/sitemaps/lugares.xml", *(f"/sitemaps/acordos-{number}.xml" for number in range(stretches))]
    return _xml(request, "index", ((file, None) for file in files))


async def sitemap(request: web.Request, _caller: Caller) -> web.Response:
    """Places, or a stretch of the agreements."""
    name = request.match_info["sitemap"]
    if name == "lugares.xml":
        return _xml(request, "urls", ((path, None) for path in await _places(request)))
    number = name.removeprefix("acordos-").removesuffix(".xml")
    if not (number.isascii() and number.isdigit()) or len(number) > len("999999"):
        raise NotFound
    async with connection_of(request) as connection:
        if int(number) >= await listed.stretches(connection):
            raise NotFound
        agreements = await listed.public_agreements(connection, int(number))
    return _xml(request, "urls", ((f"/acordos/{id_}", write_instant(told)) for id_, told in agreements))


async def _places(request: web.Request) -> list[str]:
    nobody = question(request, NOBODY)
    countries = counts.signed_by(await counts.survey(request, nobody, Wanted()), "country")
    return [
        *_PAGES,
        *(f"/municipios/{code}" for code in data.municipalities()),
        *(f"/paises/{code}" for code, _ in countries),
        *(f"/mesorregioes/{slug}" for slug in slugs.mesoregion_by_slug()),
        *(f"/temas/{code}" for code in get_args(Theme)),
        *(f"/ods/{goal.number}" for goal in data.goals()),
    ]


def _xml(request: web.Request, kind: str, entries: Iterable[tuple[str, str | None]]) -> web.Response:
    body = aiohttp_jinja2.render_string(
        "registry/citizens/sitemap.xml",
        request,
        {"kind": kind, "origin": request.app[PUBLIC_URL], "entries": list(entries)},
    )
    return web.Response(
        text=body, content_type="application/xml", headers={hdrs.CACHE_CONTROL: _SAME_FOR_ALL}
    )
