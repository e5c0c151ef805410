"""Counts of agreements for a page: counted once for whoever asks, and where it takes long, shown late."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.counts import counted
from services.registry.pages.places import lines
from services.registry.pages.places.asking import Question
from services.registry.queries import Figures, Wanted, surveying
from services.registry.queries.lacking import lacking
from services.registry.queries.surveying import Survey
from shared import data
from shared.data import MemberKind

By = Literal["country", "theme", "sdg", "mesoregion", "month"]
MOST_SHOWN: Final = 10
OTHERS: Final[tuple[MemberKind, ...]] = ("state", "organisation")
"""Whose agreements are counted apart from the municipalities'."""


class Partner(msgspec.Struct, frozen=True):
    """With whom, as its newest agreement names it, and how many agreements."""

    key: str
    name: str
    country: str | None
    n: int


async def survey(request: web.Request, question: Question, wanted: Wanted) -> Survey:
    """Everything that is counted of what is *wanted*, whoever owns it."""
    asked = _counted(question, msgspec.structs.replace(wanted, kind=None))

    async def count(connection: queries.Connection) -> Survey:
        return await surveying.survey(connection, asked)

    found: Survey = await counted(request, ("page", "survey", asked), count, may_be_late=True)
    return found


def total(survey: Survey, kind: MemberKind) -> Figures:
    """The agreements of one kind of member, each once."""
    return survey.totals.get(kind, Figures(""))


def signed_by(survey: Survey, by: By) -> list[tuple[str, int]]:
    """How many of the municipalities' are signed by one thing, the most first; in order of time by month."""
    found = survey.signed[by].items()
    return sorted(found) if by == "month" else _most_first(found)


def municipalities(survey: Survey) -> list[tuple[str, int]]:
    """Which municipalities take part, whoever owns the agreement, the most first."""
    return _most_first((member, n) for member, n in survey.takers.items() if member in data.municipalities())


async def partners(request: web.Request, question: Question, wanted: Wanted) -> list[Partner]:
    """With whom most of what is *wanted* is signed: the first MOST_SHOWN."""
    asked = _counted(question, wanted)

    async def count(connection: queries.Connection) -> list[Partner]:
        found = [one for one in await queries.by_facet(connection, "partner", asked) if one.signed]
        found.sort(key=lambda one: (-one.signed, one.key))
        most = found[:MOST_SHOWN]
        names = await _names(request, connection, question, [one.key for one in most])
        return [Partner(one.key, *names[one.key], one.signed) for one in most if one.key in names]

    shown: list[Partner] = await counted(request, ("page", "partners", asked), count, may_be_late=True)
    return shown


async def missing(request: web.Request, question: Question, wanted: Wanted) -> list[tuple[str, int]]:
    """How many of the agreements that are *wanted* lack which field, the most first: the first MOST_SHOWN."""
    asked = _counted(question, wanted)

    async def count(connection: queries.Connection) -> list[tuple[str, int]]:
        return await lacking(connection, asked)

    found: list[tuple[str, int]] = await counted(request, ("page", "missing", asked), count, may_be_late=True)
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


def _most_first(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(found, key=lambda entry: (-entry[1], entry[0]))


def _counted(question: Question, wanted: Wanted) -> queries.Counted:
    return queries.Counted(wanted, question.moment, question.sees)
