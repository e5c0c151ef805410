"""A member's agreements as its own page needs them: what is asked, what ends, what is missing."""

from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.folding.agreement import Question
from services.registry.http.known import Known, known
from services.registry.http.rulings import RULINGS
from services.registry.http.views import in_order
from services.registry.queries import of_desk
from shared.notices.codelists import State, Visibility


class Held(msgspec.Struct, frozen=True):
    """An agreement on a day; *title* is what it is called, its reference where it has no title.

    *told*: not by later facts alone. *data* is what a correction begins from; *open* are the questions that
    have no answer.
    """

    id: str
    subject: str
    title: str
    partner: str | None
    told: bool
    state: State
    visibility: Visibility
    ends_on: str | None
    score: int
    missing: tuple[str, ...]
    data: dict[str, Any]
    open: tuple[Question, ...]


async def held(
    request: web.Request,
    connection: queries.Connection,
    agreements: Sequence[str],
    moment: queries.Moment,
    reach: queries.Reach,
) -> dict[str, Held]:
    """*agreements* by id, as far as *reach* sees them. To be called in a transaction."""
    places = await of_desk.known_from(connection, agreements) if agreements else []
    rows = await queries.agreements(connection, places, reach)
    rules = await request.app[RULINGS].now(connection)
    return {each.row.id: _held(each, moment) for each in await known(connection, rows, moment, rules)}


def _held(each: Known, moment: queries.Moment) -> Held:
    segment = each.agreement.on(moment.as_of)
    partners = segment.data.get("partners") or ()
    return Held(
        id=each.row.id,
        subject=each.row.subject,
        title=segment.data.get("title") or each.row.subject,
        partner=partners[0]["name"] if partners else None,
        told=each.agreement.told,
        state=segment.state,
        visibility=each.row.visibility,
        ends_on=segment.data.get("ends_on"),
        score=each.completeness.score,
        missing=each.completeness.missing,
        data=in_order(segment.data),
        open=tuple(question for question in each.agreement.questions if question.answer_protocol is None),
    )
