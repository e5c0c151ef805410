"""Agreements in one line each: who, with whom, what, since when, until when."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.folding.partners import partner_key
from services.registry.http.known import Known, known
from services.registry.http.rulings import RULINGS
from services.registry.pages.places.asking import Question
from services.registry.writing import tally
from shared.notices.codelists import State, Visibility

_LATER: Final = 10
"""How many times as many are read of a day in the past, since what is known last began last."""


class Party(msgspec.Struct, frozen=True):
    """A partner, as it was named."""

    key: str
    """The same for the same partner, however it is written."""
    name: str
    country: str | None


class Line(msgspec.Struct, frozen=True):
    """An agreement on a day; *title* is None where nobody told it. Dates as told: a day, a month, a year."""

    id: str
    member: str
    subject: str
    visibility: Visibility
    state: State
    counts: bool
    """Whether it counts as an agreement, signed by that day."""
    title: str | None
    instrument: str | None
    partners: tuple[Party, ...]
    signed_on: str | None
    ends_on: str | None
    missing: tuple[str, ...]
    data: Mapping[str, Any]


async def lines(
    request: web.Request,
    connection: queries.Connection,
    question: Question,
    wanted: queries.Wanted,
    limit: int,
) -> list[Line]:
    """The *limit* agreements known last of those that are *wanted*. To be called in a transaction."""
    found = await queries.find(
        connection, wanted, question.moment, before=queries.NEWEST, limit=limit, reach=question.sees
    )
    return await of(request, connection, question, found.known_from)


async def newest(
    request: web.Request,
    connection: queries.Connection,
    question: Question,
    wanted: queries.Wanted,
    limit: int,
) -> list[Line]:
    """The same for a reader of that day: what began later is not there yet. To be called in a transaction."""
    read = limit if question.is_today else limit * _LATER
    return on_the_day(await lines(request, connection, question, wanted, read), question)[:limit]


def on_the_day(found: Sequence[Line], question: Question) -> list[Line]:
    """Those of *found* that had begun on the day asked for; today all, though it be by later facts alone."""
    return [line for line in found if question.is_today or line.state != "unknown"]


async def of(
    request: web.Request, connection: queries.Connection, question: Question, known_from: Sequence[int]
) -> list[Line]:
    """Those agreements, as far as the asker sees them."""
    rows = await queries.agreements(connection, known_from, question.sees)
    rules = await request.app[RULINGS].now(connection)
    return [_line(each, question) for each in await known(connection, rows, question.moment, rules)]


def _line(each: Known, question: Question) -> Line:
    segment = each.agreement.on(question.asked.as_of)
    data, signed_from = segment.data, each.agreement.signed_from
    is_agreement = tally.counted_as(each.agreement, data) == "agreement"
    return Line(
        id=each.row.id,
        member=each.row.member,
        subject=each.row.subject,
        visibility=each.row.visibility,
        state=segment.state,
        counts=is_agreement and signed_from is not None and signed_from <= question.asked.as_of,
        title=data.get("title"),
        instrument=data.get("instrument"),
        partners=tuple(
            Party(partner_key(one), one["name"], one.get("country")) for one in data.get("partners") or ()
        ),
        signed_on=data.get("signed_on"),
        ends_on=data.get("ends_on"),
        missing=each.completeness.missing,
        data=data,
    )
