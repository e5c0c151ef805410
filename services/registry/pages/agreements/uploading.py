"""`/acordos/{agreement}/documentos`: a photo or a file of the text, from the page of its agreement.

The file is kept here; that it belongs to the agreement is told like any other fact, at the door of ingest.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlencode

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from services.registry.http.agreements import agreement_of, one_agreement
from services.registry.http.answers import connection_of, now, today
from services.registry.http.documents import PAUSE_SECONDS, STORING_SECONDS, UPLOAD_SECONDS, UPLOADS, received
from services.registry.http.moments import Asked
from services.registry.pages.agreements import steps
from services.registry.pages.agreements.wording import wording
from services.registry.papers import documents
from services.registry.papers.documents import PART_BYTES
from services.registry.shapes import AgreementView
from shared import doors
from shared.accounts import Caller
from shared.http import MalformedRequest
from shared.notices.sentences import Sentence
from shared.problems import Problem, RequestTimeout, TooLarge, UnsupportedMediaType
from shared.web import page, page_language, words_of

HOLDERS: Final[frozenset[doors.Role]] = frozenset({"member"})
"""Who hands in the papers of its own agreements."""
MOST_LEFT_OVER_BYTES: Final = 100 * 1024 * 1024
_SHORT_FIELD_BYTES: Final = 2_000
_CHUNK_BYTES: Final = 64 * 1024
_MOST_PARTS: Final = 20
_BROKEN: Final = Sentence(
    "O arquivo chegou incompleto. Envie de novo.", "The file came incomplete. Send it again."
)
_KINDS: Final = ("acordo", "aditivo", "tradução", "anexo", "plano de trabalho", "publicação", "outro")
"""As sheets write them."""


def kinds(request: web.Request) -> list[tuple[str, str]]:
    """What a document may be, and how people call it."""
    say = words_of(request)
    names = (
        say.gettext("O texto assinado"),
        say.gettext("Um termo aditivo"),
        say.gettext("Uma tradução"),
        say.gettext("Um anexo"),
        say.gettext("O plano de trabalho"),
        say.gettext("A publicação oficial"),
        say.gettext("Outro documento"),
    )
    return list(zip(_KINDS, names, strict=True))


async def get_upload(request: web.Request, caller: Caller) -> web.Response:
    """The form alone."""
    return _form(request, await _own(request, caller))


async def post_upload(request: web.Request, caller: Caller) -> web.Response:
    """Keep the file, and lead on to where it is told that it belongs to the agreement."""
    view = await _own(request, caller)
    try:
        kind, sha256 = await _kept(request, caller)
    except (MalformedRequest, RequestTimeout) as problem:
        return _form(request, view, problem)
    except (TooLarge, UnsupportedMediaType) as problem:
        await _left_over(request)
        return _form(request, view, problem)
    told = {
        "type": "document_attached",
        **steps.common(view, f"/acordos/{view.id}"),
        "document.kind": kind,
        "document.sha256": sha256,
    }
    return doors.see_other(f"/registrar/fato?{urlencode(told)}")


async def _own(request: web.Request, caller: Caller) -> AgreementView:
    """The agreement, if it is the asker's own. Raises NotFound, NotForYou."""
    asked = Asked(today(), now(), past=False)
    view = await one_agreement(request, agreement_of(request), asked, caller, page_language(request))
    if not steps.is_own(caller, view):
        raise doors.NotForYou
    return view


def _form(request: web.Request, view: AgreementView, problem: Problem | None = None) -> web.Response:
    context = {
        **wording(request, None),
        "view": view,
        "kinds": kinds(request),
        "error": "" if problem is None else problem.detail.in_language(page_language(request)),
    }
    status = 200 if problem is None else problem.status
    return page(request, "registry/agreements/upload.html", context, status=status)


async def _kept(request: web.Request, caller: Caller) -> tuple[str, str]:
    """Keep the file of the form; what it is said to be, and its digest."""
    if request.content_type != "multipart/form-data":
        raise UnsupportedMediaType
    kind = _KINDS[0]
    actor = caller.actor or caller.role
    with _as_it_comes():
        reader = await request.multipart()
    for _ in range(_MOST_PARTS):
        with _as_it_comes():
            async with asyncio.timeout(PAUSE_SECONDS):
                part = await reader.next()
        if part is None:
            break
        if not isinstance(part, BodyPartReader):
            raise UnsupportedMediaType
        if part.name == "kind":
            typed = (await _chunk(part, _SHORT_FIELD_BYTES)).decode("utf-8", "replace")
            kind = typed if typed in _KINDS else kind
        if part.name != "file":
            continue
        with request.app[UPLOADS].taken(actor), tempfile.TemporaryFile() as file:
            sha256, media_type, size = await received(_chunks(part), file)
            file.seek(0)
            async with connection_of(request, seconds=STORING_SECONDS) as connection:
                await documents.store(
                    connection,
                    (sha256, media_type, size),
                    lambda: file.read(PART_BYTES),
                    member=caller.member or "",
                    key=actor,
                )
        return kind, sha256
    raise UnsupportedMediaType


async def _left_over(request: web.Request) -> None:
    """Let what else comes go by, within limits: a browser reads no answer before it has sent all it has."""
    left = MOST_LEFT_OVER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(UPLOAD_SECONDS):
            while left > 0 and not request.content.at_eof():
                left -= len(await request.content.readany())


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while not part.at_eof():
        yield await _chunk(part, _CHUNK_BYTES)


async def _chunk(part: BodyPartReader, most_bytes: int) -> bytes:
    with _as_it_comes():
        async with asyncio.timeout(PAUSE_SECONDS):
            return await part.read_chunk(most_bytes)


@contextmanager
def _as_it_comes() -> Iterator[None]:
    """What the library says of a form that is none, or that stops coming, in our words."""
    try:
        yield
    except TimeoutError:
        raise RequestTimeout from None
    except (ValueError, AssertionError, RuntimeError, LookupError, HttpProcessingError):
        raise MalformedRequest(_BROKEN) from None
