"""`GET /v1/schemas/{type}` and `/v1/codelists/{name}`: what a notice may say."""

from typing import Final

import msgspec
from aiohttp import web

from services.registry.http.answers import JSON
from services.registry.http.negotiation import chosen
from shared.notices.codelists import code_lists
from shared.notices.collector import schema_of
from shared.notices.families import FACTS
from shared.notices.sentences import Sentence
from shared.problems import NotAcceptable, NotFound

_JSON_SCHEMA: Final = "application/schema+json"
_SAME_FOR_ALL: Final = {"Cache-Control": "public, max-age=300", "Vary": "Accept"}


async def get_schema(request: web.Request) -> web.Response:
    """The JSON Schema (2020-12) of the `data` of a type."""
    type_ = request.match_info["type"]
    if type_ not in FACTS:
        raise NotFound(
            Sentence("Este tipo de aviso não existe.", "There is no such type of notice."),
            extra={"allowed": sorted(FACTS)},
        )
    return _for_all(request, schema_of(type_), (JSON, _JSON_SCHEMA))


async def get_codelist(request: web.Request) -> web.Response:
    """A code list: each code with its name in Portuguese and English."""
    name = request.match_info["name"]
    codes = code_lists().get(name)
    if codes is None:
        raise NotFound(
            Sentence("Esta lista não existe.", "There is no such list."),
            extra={"allowed": sorted(code_lists())},
        )
    return _for_all(request, {"name": name, "codes": codes}, (JSON,))


def _for_all(request: web.Request, body: object, offered: tuple[str, ...]) -> web.Response:
    media_type = chosen(",".join(request.headers.getall("Accept", ())) or None, offered)
    if media_type is None:
        raise NotAcceptable(extra={"allowed": list(offered)})
    return web.Response(body=msgspec.json.encode(body), content_type=media_type, headers=_SAME_FOR_ALL)
