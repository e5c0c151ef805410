"""`/quadros/pendencias`: what does not fit, the oldest first; the coordination closes with a reason."""

import re
from typing import Any, Final, NamedTuple

import msgspec
import structlog
from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of
from services.registry.http.closing import MOST_CHARACTERS, AlreadyClosed
from services.registry.http.naming import member_names
from services.registry.http.paging import cursor
from services.registry.pages.boards.asked import ROWS, Asked, export
from services.registry.pages.boards.lines import mesoregion_of, told_on
from services.registry.pages.boards.noting import note_reading
from services.registry.pages.forms import fields
from services.registry.queries import of_doubts
from services.registry.writing.closing import close_review
from shared import web as look
from shared.accounts import Caller
from shared.doors import is_own_path, see_other
from shared.notices.sentences import Language, Sentence
from shared.problems import NotFound
from shared.web.shown import shown_name

log = structlog.get_logger()

KINDS: Final = ("contradiction", "gate")
"""Duplicates and texts have boards of their own."""
PATH: Final = "/quadros/pendencias"
_LIST: Final = "doubts"
_BACK: Final = frozenset({PATH, "/quadros/duplicatas"})
_ID: Final = re.compile("[0-9]{1,18}")
_NO_SUCH_ENTRY: Final = Sentence(
    "Não há pendência com este número.", "There is no entry of this number to review."
)
_read_detail = msgspec.json.Decoder(Sentence).decode


class Row(NamedTuple):
    """An entry, what it says to the reader, its agreement as it is now, and for how many days it is open."""

    review: queries.ReviewRow
    member_name: str
    mesoregion: str | None
    says: str
    told: dict[str, Any]
    days: int


async def get_reviews(request: web.Request, caller: Caller) -> web.Response:
    """The board, by what does not fit, by member and by region."""
    asked = Asked(request, ("mesoregion", "code", "member"))
    chosen = of_doubts.Doubtful(
        KINDS, asked.parameters.text("code"), asked.parameters.member(), asked.mesoregion
    )
    return await _board(request, caller, asked, chosen)


async def post_closing(request: web.Request, caller: Caller) -> web.Response:
    """Close an entry for good. Without a reason the form is shown again, with what is missing."""
    number = request.match_info["review"]
    if not _ID.fullmatch(number):
        raise NotFound(_NO_SUCH_ENTRY)
    form = await fields(request)
    reason, back = form.get("reason", "").strip(), form.get("back", "")
    error = refused(reason, request)
    if error is not None:
        return await _again(request, int(number), reason, error)
    closer = caller.actor or caller.role
    async with connection_of(request) as connection:
        closed = await close_review(connection, int(number), closer=closer, reason=reason)
    if closed is None:
        raise NotFound(_NO_SUCH_ENTRY)
    if not closed:
        raise AlreadyClosed
    log.info("review_closed", review=int(number), closer=closer)
    return see_other(back if re.split("[?#]", back, maxsplit=1)[0] in _BACK and is_own_path(back) else PATH)


def refused(reason: str, request: web.Request) -> str | None:
    """What is wrong with a *reason*, to the reader; None: nothing."""
    say = look.words_of(request)
    if not reason:
        return say.gettext(
            "Diga o motivo: quem ler depois precisa entender por que a pendência foi encerrada."
        )
    if len(reason) > MOST_CHARACTERS:
        return say.gettext("O motivo é longo demais: use até {most} caracteres.").format(most=MOST_CHARACTERS)
    return None


async def _again(request: web.Request, review: int, reason: str, error: str) -> web.Response:
    """The entry alone, with its form."""
    asked = Asked(request, ())
    async with connection_of(request) as connection:
        found = [
            row
            for row in await of_doubts.doubtful(
                connection, of_doubts.Doubtful((*KINDS, "duplicate")), after=review - 1, limit=1
            )
            if row.review.id == review
        ]
    if not found:
        raise AlreadyClosed
    return look.page(
        request,
        "registry/boards/closing.html",
        {"row": _rows(request, found, asked)[0], "reason": reason, "errors": {"reason": error}},
        status=422,
    )


async def _board(
    request: web.Request, caller: Caller, asked: Asked, chosen: of_doubts.Doubtful
) -> web.Response:
    after = asked.paging.position(_LIST) if asked.paging.cursor else 0
    async with connection_of(request) as connection:
        doubts = await of_doubts.doubts(connection, msgspec.structs.replace(chosen, code=None))
        rows = await of_doubts.doubtful(connection, chosen, after=after, limit=ROWS + 1)
        shown = rows[:ROWS]
        await note_reading(request, connection, caller, [row.review.agreement for row in shown])
    return look.page(
        request,
        "registry/boards/reviews.html",
        {
            **asked.context(cursor(_LIST, shown[-1].review.id) if len(rows) > ROWS else None),
            "rows": _rows(request, shown, asked),
            "codes": [(each.code, named(each.code, request), each.n) for each in doubts],
            "count": sum(each.n for each in doubts if chosen.code in {None, each.code}),
            "may_close": caller.role == "coordination",
            "most_characters": MOST_CHARACTERS,
            "export": export("/v1/reviews", code=chosen.code, member=chosen.member),
        },
    )


def _rows(request: web.Request, found: list[of_doubts.DoubtfulRow], asked: Asked) -> list[Row]:
    name_of, language = member_names(request), look.page_language(request)
    return [
        Row(
            row.review,
            name_of(row.review.member) or row.review.member,
            mesoregion_of(row.review.member),
            says(row.review, language),
            told_on(row.fold, asked.today),
            (asked.paging.now - row.review.opened_at).days,
        )
        for row in found
    ]


def says(review: queries.ReviewRow, language: Language) -> str:
    """What an entry says to the reader."""
    return _read_detail(review.detail).in_language(language)


def named(code: str, request: web.Request) -> str:
    """What people call the *code* of an entry, as the member's own page calls it."""
    return shown_name(code, "contradictions", look.page_language(request))
