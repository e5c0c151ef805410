"""`GET /v1/texts`: texts that several agreements share, and which agreements those are."""

import re
from typing import Final

from aiohttp import web
from msgspec import UNSET

from services.registry.folding import fold
from services.registry.folding.agreement import value_on
from services.registry.http.answers import PUBLIC_URL, connection_of, reach_of
from services.registry.http.paging import NAMES, Paging, bad_cursor, cursor
from services.registry.http.parameters import Parameters
from services.registry.http.similar import similar_view
from services.registry.queries import NEWEST
from services.registry.queries import of_resemblances as resemblances
from services.registry.shapes import SharingPage, SharingView, TextPage, TextView
from shared.notices.sentences import Sentence
from shared.problems import NotFound

_TEXTS: Final = "texts"
_SHARING: Final = "sharing"
_PLACE: Final = re.compile(r"([0-9]{1,18}):([0-9]{1,18})")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_SAMPLES: Final = 3
"""Of each text so many agreements are read, until one is there that may be shown."""
NO_SUCH_TEXT: Final = Sentence(
    "Não há texto com este número, ou não se veem dois acordos com ele.",
    "There is no text of this number, or no two agreements with it are seen.",
)


async def list_texts(request: web.Request, paging: Paging) -> TextPage:
    """Texts that two or more agreements share that the asker may see, the most used first."""
    Parameters(request.query, NAMES)
    before = _place(paging)
    sees = await reach_of(request)
    async with connection_of(request) as connection:
        rows = await resemblances.texts(connection, sees, before=before, limit=paging.limit + 1)
        page = rows[: paging.limit]
        shared = await resemblances.sharing(connection, [row.id for row in page], sees, limit=_SAMPLES)
    first = {row.text_group: row.similar for row in reversed(shared)}
    return TextPage(
        items=[_view(request, row, first.get(row.id), paging) for row in page],
        next=cursor(_TEXTS, f"{page[-1].size}:{page[-1].id}") if len(rows) > paging.limit else None,
        as_of=paging.today,
    )


async def list_sharing(request: web.Request, paging: Paging) -> SharingPage:
    """The agreements that share one text, the first known first."""
    Parameters(request.query, NAMES)
    number = request.match_info["text"]
    after = paging.position(_SHARING) if paging.cursor else 0
    sees = await reach_of(request)
    async with connection_of(request) as connection:
        text = await resemblances.text(connection, int(number), sees) if _NUMBER.fullmatch(number) else None
        if text is None:
            raise NotFound(NO_SUCH_TEXT)
        rows = await resemblances.sharing(connection, [text.id], sees, after=after, limit=paging.limit + 1)
    page = rows[: paging.limit]
    return SharingPage(
        items=[SharingView(similar_view(row.similar, paging.today), row.share) for row in page],
        next=cursor(_SHARING, page[-1].similar.known_from) if len(rows) > paging.limit else None,
        as_of=paging.today,
    )


def _view(
    request: web.Request, row: resemblances.TextRow, sample: resemblances.SimilarRow | None, paging: Paging
) -> TextView:
    text = UNSET
    if sample is not None:
        told = fold.decode(sample.fold).fields.get("object", ())
        text = value_on(told, paging.today)
    return TextView(
        id=row.id,
        size=row.size,
        share=row.share,
        text=None if text is UNSET else text,
        agreement=None if sample is None else similar_view(sample, paging.today),
        links={"agreements": f"{request.app[PUBLIC_URL]}/v1/texts/{row.id}"},
    )


def _place(paging: Paging) -> tuple[int, int]:
    """The (size, number) before which the page begins."""
    key = paging.key(_TEXTS)
    if key is None:
        return NEWEST, NEWEST
    match = _PLACE.fullmatch(key)
    if match is None:
        raise bad_cursor()
    return int(match[1]), int(match[2])
