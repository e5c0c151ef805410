"""`/api`: the interface for whoever writes a program against it, out of the document served beside it."""

from typing import Final

import msgspec
from aiohttp import hdrs, web

from services.registry.http.answers import PUBLIC_URL
from services.registry.pages.api_view import api_view
from shared import data, doors
from shared.accounts import Caller
from shared.notices.sentences import Language
from shared.web import page, page_language, words

_RENDERED: web.AppKey[dict[Language, web.Response]] = web.AppKey("api_pages", dict)
_SAME_FOR_ALL: Final = "public, max-age=300"


def install(app: web.Application) -> None:
    """Add `/api` to *app*."""
    app[_RENDERED] = {}
    doors.add_page(app, "GET", "/api", api, allowed=doors.EVERYBODY)


async def api(request: web.Request, _caller: Caller) -> web.Response:
    """The page; rendered once for each language, since all see the same."""
    language = page_language(request)
    rendered = request.app[_RENDERED]
    if language not in rendered:
        rendered[language] = _render(request, language)
    kept = rendered[language]
    return web.Response(body=kept.body, headers=kept.headers)


def _render(request: web.Request, language: Language) -> web.Response:
    document = msgspec.json.decode(data.contract_json("openapi.json"))
    view = api_view(document, language, words(language)["api"], request.app[PUBLIC_URL])
    of_nobody = {"who": None, "in_language": "/api?lang={}".format}
    response = page(request, "registry/api.html", {**view, **of_nobody})
    response.headers[hdrs.CACHE_CONTROL] = _SAME_FOR_ALL
    response.headers[hdrs.VARY] = "Accept-Language"
    return response
