"""`/quadros/mesmo-texto`: texts that several agreements share, and two of them side by side."""

import asyncio
import re
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from aiohttp import web
from msgspec import UNSET

from services.registry.folding import fold
from services.registry.folding.agreement import value_on
from services.registry.http.answers import connection_of, reach
from services.registry.http.paging import bad_cursor, cursor
from services.registry.http.similar import similar_view
from services.registry.http.texts import NO_SUCH_TEXT
from services.registry.pages.boards.asked import ROWS, Asked, export
from services.registry.pages.boards.differing import Stretch, differences
from services.registry.pages.boards.noting import note_reading
from services.registry.queries import NEWEST, of_boards
from services.registry.queries import of_resemblances as resemblances
from services.registry.shapes import SimilarView
from shared import web as look
from shared.accounts import Caller, scope_of
from shared.problems import NotFound

_LIST: Final = "boards/texts"
_SHARING: Final = "boards/sharing"
_PLACE: Final = re.compile(r"([0-9]{1,18}):([0-9]{1,18})")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class Row(NamedTuple):
    """A text, with the first known agreement that has it."""

    text: resemblances.TextRow
    first: SimilarView | None
    says: str | None


class Sharing(NamedTuple):
    """An agreement with the text, and its share of words in common with the first, in percent."""

    similar: SimilarView
    share: int
    says: str | None


async def get_texts(request: web.Request, caller: Caller) -> web.Response:
    """The texts, the most used first."""
    asked = Asked(request, ())
    sees = reach(scope_of(caller))
    async with connection_of(request) as connection:
        count = await of_boards.shared_texts(connection)
        texts = await resemblances.texts(connection, sees, before=_place(asked), limit=ROWS + 1)
        shown = texts[:ROWS]
        shared = await resemblances.sharing(connection, [text.id for text in shown], sees, limit=1)
        await note_reading(request, connection, caller, [row.similar.id for row in shared])
    first = {row.text_group: row.similar for row in shared}
    following = cursor(_LIST, f"{shown[-1].size}:{shown[-1].id}") if len(texts) > ROWS else None
    return look.page(
        request,
        "registry/boards/texts.html",
        {
            **asked.context(following),
            "rows": [_row(text, first.get(text.id), asked.today) for text in shown],
            "count": count,
            "export": export("/v1/texts"),
        },
    )


async def get_text(request: web.Request, caller: Caller) -> web.Response:
    """One text: which agreements have it, and the first of them held against another (`with`)."""
    number = request.match_info["text"]
    asked = Asked(request, ("with",))
    chosen = asked.parameters.agreement("with")
    sees = reach(scope_of(caller))
    after = asked.paging.position(_SHARING) if asked.paging.cursor else 0
    async with connection_of(request) as connection:
        text = await resemblances.text(connection, int(number), sees) if _NUMBER.fullmatch(number) else None
        if text is None:
            raise NotFound(NO_SUCH_TEXT)
        first = (await resemblances.sharing(connection, [text.id], sees, limit=2))[:2]
        rows = await resemblances.sharing(connection, [text.id], sees, after=after, limit=ROWS + 1)
        named = [row.similar.id for row in (*first, *rows[:ROWS])]
        await note_reading(request, connection, caller, named)
    shown = [_sharing(row, asked.today) for row in rows[:ROWS]]
    pattern = _sharing(first[0], asked.today)
    other = next(
        (each for each in shown if each.similar.id == chosen),
        _sharing(first[-1], asked.today) if chosen is None else None,
    )
    following = cursor(_SHARING, rows[ROWS - 1].similar.known_from) if len(rows) > ROWS else None
    return look.page(
        request,
        "registry/boards/text.html",
        {
            **asked.context(following),
            "text": text,
            "rows": shown,
            "pattern": pattern,
            "other": other,
            "stretches": await _stretches(pattern, other),
            "export": export(f"/v1/texts/{text.id}"),
        },
    )


async def _stretches(pattern: Sharing, other: Sharing | None) -> Sequence[Stretch]:
    if other is None or other.similar.id == pattern.similar.id:
        return ()
    return await asyncio.to_thread(differences, pattern.says or "", other.says or "")


def _row(text: resemblances.TextRow, sample: resemblances.SimilarRow | None, today: date) -> Row:
    if sample is None:
        return Row(text, None, None)
    return Row(text, similar_view(sample, today), _object(sample, today))


def _sharing(row: resemblances.SharingRow, today: date) -> Sharing:
    return Sharing(similar_view(row.similar, today), row.share, _object(row.similar, today))


def _object(row: resemblances.SimilarRow, today: date) -> str | None:
    told = value_on(fold.decode(row.fold).fields.get("object", ()), today)
    return None if told is UNSET else told


def _place(asked: Asked) -> tuple[int, int]:
    key = asked.paging.key(_LIST)
    if key is None:
        return NEWEST, NEWEST
    match = _PLACE.fullmatch(key)
    if match is None:
        raise bad_cursor()
    return int(match[1]), int(match[2])
