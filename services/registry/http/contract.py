"""`GET /v1/openapi.json` and `/v1/asyncapi.json`: the contract for machines, as written from the code."""

from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256
from typing import Final, NamedTuple

from aiohttp import hdrs, web

from shared import data

NAMES: Final = ("openapi.json", "asyncapi.json")
_SAME_FOR_ALL: Final = {
    hdrs.CACHE_CONTROL: "public, max-age=300",
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",  # tools in browsers read it; nothing in it is private
}


class _Document(NamedTuple):
    body: bytes
    tag: str


async def get_document(request: web.Request) -> web.Response:
    """The document, or 304 for who has it already."""
    document = _document(request.path.rpartition("/")[2])
    headers = {**_SAME_FOR_ALL, hdrs.ETAG: f'"{document.tag}"'}
    known = request.if_none_match or ()
    if any(each.value in {document.tag, "*"} for each in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=document.body, content_type="application/json", headers=headers)


@cache
def _document(name: str) -> _Document:
    body = data.contract_json(name)
    return _Document(body, urlsafe_b64encode(sha256(body).digest()[:12]).decode())
