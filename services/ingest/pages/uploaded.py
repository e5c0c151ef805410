"""A sheet that came with a form: chosen anew, or carried along by the page that showed its preview."""

import asyncio
import binascii
from base64 import b64decode, b64encode
from typing import Final, NamedTuple

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from services.ingest.imports.problems import FILE_TOO_LARGE, BadUpload
from services.ingest.imports.uploads import (
    BODY_BYTES,
    BODY_SECONDS,
    CHOICES_BYTES,
    FILE_BYTES,
    MALFORMED,
)
from services.ingest.pages.typed import Typed
from shared.problems import RequestTimeout, TooLarge, UnsupportedMediaType

CARRIED_BYTES: Final = 768 * 1024
"""A sheet up to this size is carried along by the page; a larger one is chosen again."""
_MOST_PARTS: Final = 5_000
_CHUNK_BYTES: Final = 256 * 1024
FILE: Final = "file"
CARRIED: Final = "carried"


class Sheet(NamedTuple):
    """The file, "" for one without a name; None if none came."""

    content: bytes | None
    name: str
    typed: Typed


async def read_sheet(request: web.Request) -> Sheet:
    """The form of `/registrar/planilha`, bounded in size and in time."""
    if not request.content_type.startswith("multipart/"):
        raise UnsupportedMediaType
    if (request.content_length or 0) > BODY_BYTES:
        raise TooLarge(FILE_TOO_LARGE)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request)
    except TimeoutError:
        raise RequestTimeout from None
    except (ValueError, AssertionError, RuntimeError, web.HTTPException, LookupError, HttpProcessingError):
        raise BadUpload(MALFORMED) from None


def carried(content: bytes) -> str:
    """*content* as a field of the page; "" where it is too large for that."""
    return b64encode(content).decode() if len(content) <= CARRIED_BYTES else ""


async def _read(request: web.Request) -> Sheet:
    content: bytes | None = None
    name = ""
    pairs: list[tuple[str, str]] = []
    left_bytes = CHOICES_BYTES
    reader = await request.multipart()
    for _ in range(_MOST_PARTS):
        part = await reader.next()
        if part is None:
            break
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise BadUpload(MALFORMED)
        if part.name == FILE:
            chosen = await _part(part, FILE_BYTES)
            if chosen or part.filename:
                content, name = chosen, part.filename or ""
            continue
        told = await _part(part, left_bytes)
        left_bytes -= len(told)
        pairs.append((part.name, told.decode(errors="replace")))
    typed = Typed(pairs)
    if content is None and typed.one(CARRIED):
        content, name = _opened(typed.one(CARRIED)), typed.one("name")
    return Sheet(content, name, typed)


async def _part(part: BodyPartReader, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        size += len(chunk)
        if size > limit_bytes:
            raise TooLarge(FILE_TOO_LARGE)
        chunks.append(chunk)
    return b"".join(chunks)


def _opened(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        raise BadUpload(MALFORMED) from None
