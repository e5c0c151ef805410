"""Counts of agreements for a page: each breakdown counted once, and remembered until anything is told."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.counts import counted
from services.registry.pages.places import lines
from services.registry.pages.places.asking import Question
from services.registry.queries import Figures, Wanted
from services.registry.queries.lacking import lacking
from shared import data

By = Literal["country", "theme", "sdg", "mesoregion", "member", "state", "month", "instrument"]
MOST_SHOWN: Final = 10


class Partner(msgspec.Struct, frozen=True):
    """With whom, as its newest agreement names it, and how many agreements."""

    key: str
    name: str
    country: str | None
    n: int


async def total(request: web.Request, question: Question, wanted: Wanted) -> Figures:
    """All that are *wanted*, each once."""
    asked = _counted(question, wanted)

    async def count(connection: queries.Connection) -> Figures:
        return await queries.total(connection, asked)

    found: Figures = await counted(request, ("page", "total", asked), count)
    return found


async def breakdown(request: web.Request, question: Question, by: By, wanted: Wanted) -> list[Figures]:
    """The same by one thing; keys without any agreement are left out."""
    asked = _counted(question, wanted)

    async def count(connection: queries.Connection) -> list[Figures]:
        match by:
            case "state":
                return await queries.by_state(connection, asked)
            case "month":
                return await queries.by_month(connection, asked)
            case facet:
                return await queries.by_facet(connection, facet, asked)

    found: list[Figures] = await counted(request, ("page", by, asked), count)
    return found


async def signed_by(
    request: web.Request, question: Question, by: By, wanted: Wanted
) -> list[tuple[str, int]]:
    """How many are signed by one thing, the most first; in order of time by month."""
    found = [
        (each.key, each.signed) for each in await breakdown(request, question, by, wanted) if each.signed
    ]
    return found if by == "month" else sorted(found, key=lambda entry: (-entry[1], entry[0]))


async def municipalities(request: web.Request, question: Question, wanted: Wanted) -> list[tuple[str, int]]:
    """Which municipalities take part in what is *wanted*, whoever owns it, the most first."""
    everybodys = msgspec.structs.replace(wanted, kind=None)
    return [
        (member, n)
        for member, n in await signed_by(request, question, "member", everybodys)
        if member in data.municipalities()
    ]


async def partners(request: web.Request, question: Question, wanted: Wanted) -> list[Partner]:
    """With whom most of what is *wanted* is signed: the first MOST_SHOWN."""
    asked = _counted(question, wanted)

    async def count(connection: queries.Connection) -> list[Partner]:
        found = [one for one in await queries.by_facet(connection, "partner", asked) if one.signed]
        found.sort(key=lambda one: (-one.signed, one.key))
        most = found[:MOST_SHOWN]
        names = await _names(request, connection, question, [one.key for one in most])
        return [Partner(one.key, *names[one.key], one.signed) for one in most if one.key in names]

    shown: list[Partner] = await counted(request, ("page", "partners", asked), count)
    return shown


async def missing(request: web.Request, question: Question, wanted: Wanted) -> list[tuple[str, int]]:
    """How many of the agreements that are *wanted* lack which field, the most first: the first MOST_SHOWN."""
    asked = _counted(question, wanted)

    async def count(connection: queries.Connection) -> list[tuple[str, int]]:
        return await lacking(connection, asked)

    found: list[tuple[str, int]] = await counted(request, ("page", "missing", asked), count)
    return found[:MOST_SHOWN]


async def _names(
    request: web.Request, connection: queries.Connection, question: Question, keys: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """Partners are found by folded names; how they are written stands in their agreements."""
    names: dict[str, tuple[str, str | None]] = {}
    for key in keys:
        for line in await lines.lines(request, connection, question, Wanted(partner=key), 1):
            for party in line.partners:
                if party.key == key:
                    names[key] = (party.name, party.country)
    return names


def _counted(question: Question, wanted: Wanted) -> queries.Counted:
    return queries.Counted(wanted, question.moment, question.sees)
