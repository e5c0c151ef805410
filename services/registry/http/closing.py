"""`POST /v1/reviews/{id}/close`: the coordination has looked, and says why nothing more is to be done."""

import re
from collections.abc import Iterator
from typing import Any, Final

import structlog
from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of, reach
from services.registry.http.reviews import review_view
from services.registry.shapes import ReviewView
from services.registry.writing.closing import close_review
from shared.accounts import known_caller_of, scope_of
from shared.http import read_body
from shared.notices.faults import fault
from shared.notices.findings import FieldError
from shared.notices.reading import read_json
from shared.notices.sentences import Sentence
from shared.problems import Forbidden, InvalidNotice, NotFound, Problem, UnsupportedMediaType, language_of

log = structlog.get_logger()

MOST_BYTES: Final = 16 * 1024
MOST_CHARACTERS: Final = 2_000
_ID: Final = re.compile("[0-9]{1,18}")
_NO_SUCH_ENTRY: Final = Sentence(
    "Não há entrada com este número na lista de revisão.", "There is no entry of this number to review."
)


class AlreadyClosed(Problem):
    """The entry was closed before."""

    status = 409
    code = "already_closed"
    title = Sentence("Já está fechado", "Already closed")
    default_detail = Sentence(
        "Esta entrada já foi fechada, por um aviso ou pela coordenação. Veja-a em /v1/reviews?status=closed.",
        "This entry was closed before, by a notice or by the coordination. See /v1/reviews?status=closed.",
    )


class InvalidReason(InvalidNotice):
    """The body does not say why."""

    code = "invalid_reason"
    title = Sentence("Falta o motivo", "No reason")
    default_detail = Sentence(
        'Nada foi fechado. Diga o motivo: {"reason": "…"}.', 'Nothing was closed. Say why: {"reason": "…"}.'
    )


async def post_closing(request: web.Request) -> ReviewView:
    """Close an entry with a reason, and answer what it is now."""
    caller = await known_caller_of(request)
    if caller.role != "coordination":
        raise Forbidden
    number = request.match_info["review"]
    if not _ID.fullmatch(number):
        raise NotFound(_NO_SUCH_ENTRY)
    if request.content_type != "application/json":
        raise UnsupportedMediaType(
            Sentence("Envie o motivo como application/json.", "Send the reason as application/json.")
        )
    reason = _reason_in(await read_body(request, MOST_BYTES))
    review_id, closer = int(number), caller.actor or caller.role
    async with connection_of(request) as connection:
        closed = await close_review(connection, review_id, closer=closer, reason=reason)
        if closed is None:
            raise NotFound(_NO_SUCH_ENTRY)
        if not closed:
            raise AlreadyClosed
        (row,) = await queries.reviews(
            connection,
            queries.Reviewed(status="all"),
            before=review_id + 1,
            limit=1,
            reach=reach(scope_of(caller)),
        )
    log.info("review_closed", review=review_id, closer=closer)
    return review_view(row, language_of(request))


def _reason_in(body: bytes) -> str:
    """The reason that *body* gives. Raises InvalidReason (422) with every fault."""
    value, findings = read_json(body)
    faults = [*findings, *_faults(value)]
    if faults:
        raise InvalidReason(errors=faults)
    reason: str = value["reason"].strip()
    return reason


def _faults(value: Any) -> Iterator[FieldError]:
    if not isinstance(value, dict):
        yield fault(
            (), "not_an_object", sentence=Sentence("Esperava-se um objeto.", "An object was expected.")
        )
        return
    for name in value:
        if name != "reason":
            yield fault((name,), "unknown_field")
    reason = value.get("reason")
    if not isinstance(reason, str) or not 1 <= len(reason.strip()) <= MOST_CHARACTERS:
        yield fault(
            ("reason",),
            "invalid_reason",
            sentence=Sentence(
                f"Diga o motivo em um texto de 1 a {MOST_CHARACTERS} caracteres.",
                f"Say why in a text of 1 to {MOST_CHARACTERS} characters.",
            ),
        )
