"""`PUT` and `GET /v1/documents/{sha256}`: the signed paper itself, by the digest of its bytes."""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Final

import msgspec
from aiohttp import hdrs, web

from services.registry.http.answers import PUBLIC_URL, caller_of, connection_of, json_answer, reach
from services.registry.http.streams import cut, send
from services.registry.http.turns import Turns
from services.registry.network import audit
from services.registry.papers import documents
from services.registry.papers.documents import PART_BYTES, Document
from services.registry.queries import Reach
from shared.accounts import known_caller_of, scope_of
from shared.notices.sentences import Sentence
from shared.problems import (
    Forbidden,
    InvalidParameter,
    NotFound,
    Problem,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
)

UPLOADS: web.AppKey[Turns] = web.AppKey("uploads", Turns)
MOST_BYTES: Final = 20 * 1024 * 1024
UPLOAD_SECONDS: Final = 300.0
"""For the whole body: 20 MiB over the line of a small town."""
PAUSE_SECONDS: Final = 30.0
"""Between two pieces of a body."""
STORING_SECONDS: Final = 60.0

_NETWORK: Final = Reach(("public", "network"))
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_KINDS: Final = {
    b"%PDF-": ("application/pdf", "pdf"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
}
_ENDINGS: Final = dict(_KINDS.values())
_LONGEST_SIGN: Final = max(map(len, _KINDS))
_HEADERS: Final = {
    # It never changes under its digest; who may see it may: so it is kept, and asked for again.
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Accept-Ranges": "bytes",
}
_NO_SUCH_DOCUMENT: Final = Sentence(
    "Não há documento com este resumo, ou ele não é visto por quem pergunta.",
    "There is no document of this digest, or it is not seen by who asks.",
)


class DigestMismatch(Problem):
    """What arrived is not what the address names."""

    status = 422
    code = "digest_mismatch"
    title = Sentence("Resumo diferente", "Digest mismatch")


class RangeNotSatisfiable(Problem):
    """The range that was asked for begins beyond the end."""

    status = 416
    code = "range_not_satisfiable"
    title = Sentence("Intervalo inexistente", "Range not satisfiable")
    default_detail = Sentence(
        "O documento termina antes do intervalo pedido.", "The document ends before the range asked for."
    )


class DocumentView(msgspec.Struct, frozen=True):
    """A document that is kept."""

    sha256: str
    media_type: str
    size: int
    links: dict[str, str]


def turns() -> Turns:
    """How many documents are taken in at once."""
    return Turns(in_all=16, each=2, strangers=0, retry_after_seconds=5)


async def put_document(request: web.Request) -> web.Response:
    """Keep a document; 201, and 200 when it was there. A repeat is read and compared like the first."""
    sha256 = request.match_info["sha256"]
    if not _DIGEST.fullmatch(sha256):
        raise InvalidParameter(
            "sha256",
            Sentence(
                "Informe o SHA-256 do documento em 64 algarismos hexadecimais minúsculos.",
                "Give the document's SHA-256 in 64 small hexadecimal digits.",
            ),
        )
    caller = await known_caller_of(request)
    if caller.role not in {"member", "coordination"} or caller.member is None:
        raise Forbidden
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_large()
    actor = caller.actor or caller.role
    with request.app[UPLOADS].taken(actor), tempfile.TemporaryFile() as file:
        found, media_type, size = await received(_body(request), file)
        if found != sha256:
            raise _mismatch(found)
        file.seek(0)
        async with connection_of(request, seconds=STORING_SECONDS) as connection:
            is_new = await documents.store(
                connection,
                (sha256, media_type, size),
                lambda: file.read(PART_BYTES),
                member=caller.member,
                key=actor,
            )
    address = f"{request.app[PUBLIC_URL]}/v1/documents/{sha256}"
    return json_answer(
        DocumentView(sha256, media_type, size, {"self": address}), status=201 if is_new else 200
    )


async def get_document(request: web.Request) -> web.StreamResponse:
    """A document for whom it concerns, as an attachment; a range of it, if one is asked for."""
    sha256 = request.match_info["sha256"]
    if not _DIGEST.fullmatch(sha256):
        raise NotFound(_NO_SUCH_DOCUMENT)
    caller = await caller_of(request)
    async with connection_of(request) as connection:
        found = await documents.seen(connection, sha256, reach(scope_of(caller)))
        if found is None:
            raise NotFound(_NO_SUCH_DOCUMENT)
        if caller.role != "anonymous" and await documents.seen(connection, sha256, _NETWORK) is None:
            await audit.note(connection, caller, "read", sha256)
    headers = {**_HEADERS, hdrs.ETAG: f'"{sha256}"'}
    if any(tag.value in {sha256, "*"} for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    first, last, status = _range(request, found)
    if status == web.HTTPPartialContent.status_code:
        headers[hdrs.CONTENT_RANGE] = f"bytes {first}-{last}/{found.size}"
    name = f"documento-{sha256[:12]}.{_ENDINGS[found.media_type]}"
    headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{name}"'
    headers[hdrs.CONTENT_TYPE] = found.media_type
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = last + 1 - first
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        await _send(request, response, sha256, first, last)
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, sha256: str, first: int, last: int
) -> None:
    """The bytes from *first* to *last*; no connection to the database is held while the reader reads."""
    try:
        for number in range(first // PART_BYTES, last // PART_BYTES + 1):
            async with connection_of(request) as connection:
                part = await documents.part(connection, sha256, number)
            if part is None:
                raise LookupError("erased in the meantime")  # noqa: TRY301 (told like any other end)
            begin = number * PART_BYTES
            await send(response, part[max(first - begin, 0) : last + 1 - begin])
        await response.write_eof()
    except Exception as error:  # noqa: BLE001 (whatever it is, the reader must not take it for the end)
        cut(request, error)


async def received(chunks: AsyncIterator[bytes], file: IO[bytes]) -> tuple[str, str, int]:
    """Write *chunks* to *file* as they come; their digest, their type by their first bytes, and their size.

    Raises TooLarge (413), UnsupportedMediaType (415), RequestTimeout (408).
    """
    digest, size, media_type = hashlib.sha256(), 0, ""
    waiting = bytearray()
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise _too_large()
                digest.update(chunk)
                waiting += chunk
                if not media_type and size >= _LONGEST_SIGN:
                    media_type = _media_type(waiting)
                if len(waiting) >= PART_BYTES:
                    await asyncio.to_thread(file.write, waiting)
                    waiting = bytearray()
    except TimeoutError:
        raise RequestTimeout from None
    media_type = media_type or _media_type(waiting)
    await asyncio.to_thread(file.write, waiting)
    return digest.hexdigest(), media_type, size


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    while not request.content.at_eof():
        async with asyncio.timeout(PAUSE_SECONDS):
            chunk = await request.content.readany()
        yield chunk


def _mismatch(found: str) -> DigestMismatch:
    return DigestMismatch(
        Sentence(
            f"O SHA-256 do que chegou é {found}, e não o do endereço. Envie de novo.",
            f"The SHA-256 of what arrived is {found}, not the address's. Send it again.",
        ),
        extra={"parameter": "sha256", "found": found},
    )


def _media_type(begins: bytearray) -> str:
    for sign, (media_type, _ending) in _KINDS.items():
        if begins.startswith(sign):
            return media_type
    raise UnsupportedMediaType(
        Sentence(
            "O conteúdo não é um PDF, um JPEG nem um PNG, seja qual for o nome do arquivo.",
            "The content is neither a PDF nor a JPEG nor a PNG, whatever the file is called.",
        ),
        extra={"allowed": list(_ENDINGS)},
    )


def _range(request: web.Request, found: Document) -> tuple[int, int, int]:
    """First and last byte, and the status: one range is served, several or an unreadable one are ignored."""
    whole = 0, found.size - 1, web.HTTPOk.status_code
    condition = request.headers.get(hdrs.IF_RANGE)
    if (
        request.method == hdrs.METH_HEAD
        or hdrs.RANGE not in request.headers
        or condition not in {None, f'"{found.sha256}"'}
    ):
        return whole
    try:
        asked = request.http_range
    except ValueError:
        return whole
    first, end, _ = asked.indices(found.size)
    if asked.start is None and asked.stop is None:
        return whole
    if first >= end:
        raise RangeNotSatisfiable(headers={hdrs.CONTENT_RANGE: f"bytes */{found.size}"})
    return first, end - 1, web.HTTPPartialContent.status_code


def _too_large() -> TooLarge:
    return TooLarge(Sentence("Um documento tem no máximo 20 MiB.", "A document has at most 20 MiB."))
