"""Counts of agreements for a page: counted once for whoever asks, and where it takes long, shown late."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.answers import snapshot_of
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


class _Counted(NamedTuple):
    """A partner's key; its name is read whenever it is shown, for it may be hidden or erased by then."""

    key: str
    n: int
    named_in: int | None


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

    async def count(connection: queries.Connection) -> list[_Counted]:
        found = [one for one in await queries.by_facet(connection, "partner", asked) if one.signed]
        found.sort(key=lambda one: (-one.signed, one.key))
        return [
            _Counted(one.key, one.signed, await _newest(connection, question, one.key))
            for one in found[:MOST_SHOWN]
        ]

    most: list[_Counted] = await counted(request, ("page", "partners", asked), count, may_be_late=True)
    named_in = [one.named_in for one in most if one.named_in is not None]
    async with snapshot_of(request) as connection:
        found = await lines.of(request, connection, question, named_in)
    names = {party.key: party for line in found for party in line.partners}
    return [
        Partner(one.key, names[one.key].name, names[one.key].country, one.n)
        for one in most
        if one.key in names
    ]


async def missing(request: web.Request, question: Question, wanted: Wanted) -> list[tuple[str, int]]:
    """How many of the agreements that are *wanted* lack which field, the most first: the first MOST_SHOWN."""
    asked = _counted(question, wanted)

    async def count(connection: queries.Connection) -> list[tuple[str, int]]:
        return await lacking(connection, asked)

    found: list[tuple[str, int]] = await counted(request, ("page", "missing", asked), count, may_be_late=True)
    return found[:MOST_SHOWN]


async def _newest(connection: queries.Connection, question: Question, partner: str) -> int | None:
    """Partners are found by folded names: the agreement that says how one is written."""
    found = await queries.find(
        connection,
        Wanted(partner=partner),
        question.moment,
        before=queries.NEWEST,
        limit=1,
        reach=question.sees,
    )
    return next(iter(found.known_from), None)


def _most_first(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(found, key=lambda entry: (-entry[1], entry[0]))


def _counted(question: Question, wanted: Wanted) -> queries.Counted:
    return queries.Counted(wanted, question.moment, question.sees)
