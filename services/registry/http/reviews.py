"""`GET /v1/reviews`: what does not fit, and what to do about it."""

from typing import Final, cast, get_args

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.answers import caller_of, connection_of, reach
from services.registry.http.paging import NAMES, Paging, cursor
from services.registry.http.parameters import Parameters
from services.registry.queries import Reviewed
from services.registry.shapes import Page, ReviewKind, ReviewView
from shared.accounts import Caller, scope_of
from shared.notices.sentences import Language, Sentence
from shared.problems import Forbidden, MissingKey, language_of

STATUSES: Final = get_args(queries.ReviewStatus)
_LIST: Final = "reviews"
_KNOWN: Final = NAMES | {"status", "kind", "code", "member", "agreement"}
_read_detail = msgspec.json.Decoder(Sentence).decode


async def list_reviews(request: web.Request, paging: Paging) -> Page:
    """Entries of the review list, the newest first: for office and coordination all, for a member its own."""
    parameters = Parameters(request.query, _KNOWN)
    wanted = Reviewed(
        status=cast("queries.ReviewStatus", parameters.one_of("status", STATUSES) or "open"),
        kind=parameters.one_of("kind", get_args(ReviewKind)),
        code=parameters.text("code"),
        member=parameters.member(),
        agreement=parameters.agreement("agreement"),
    )
    before = paging.position(_LIST)
    caller = await caller_of(request)
    wanted = msgspec.structs.replace(wanted, member=_whose(caller, wanted.member))
    language = language_of(request)
    async with connection_of(request) as connection:
        rows = await queries.reviews(
            connection, wanted, before=before, limit=paging.limit + 1, reach=reach(scope_of(caller))
        )
    page = rows[: paging.limit]
    return Page(
        items=[review_view(row, language) for row in page],
        next=cursor(_LIST, page[-1].id) if len(rows) > paging.limit else None,
        as_of=paging.today,
    )


def _whose(caller: Caller, asked: str | None) -> str | None:
    """Of which member the caller may see entries, among those *asked* for; None: of all."""
    match caller.role:
        case "office" | "coordination":
            return asked
        case "member" if asked in {None, caller.member}:
            return caller.member
        case "anonymous":
            raise MissingKey
        case _:
            raise Forbidden


def review_view(row: queries.ReviewRow, language: Language) -> ReviewView:
    """An entry, as the list shows it."""
    return ReviewView(
        id=row.id,
        kind=row.kind,
        code=row.code,
        member=row.member,
        agreement=row.agreement,
        subject=row.subject,
        other=row.other or None,
        protocol=row.protocol or None,
        detail=_read_detail(row.detail).in_language(language),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        closing=row.closing,
        reason=row.reason,
    )
