"""What a sheet says about its subject, read for one asker."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

import msgspec
from aiohttp import web
from multidict import MultiDict

from services.registry import queries
from services.registry.folding.gates import WAITING
from services.registry.http import moments
from services.registry.http.answers import connection_of, now, snapshot_of
from services.registry.http.counts import counted
from services.registry.http.members import views
from services.registry.http.parameters import NO_SUCH_MEMBER, Parameters
from services.registry.pages.boards.lines import Line, lines
from services.registry.pages.boards.noting import note_reading
from services.registry.queries import of_boards
from services.registry.shapes import MemberView
from shared.accounts import Caller
from shared.notices.codelists import State
from shared.problems import NotFound

About = Literal["country", "member", "theme"]
MOST_LINES: Final = 28
"""More have no room on a sheet."""
STATES: Final[tuple[State, ...]] = (
    "in_force", "signed", "suspended", "ready_to_sign", "under_review", "negotiating", "expired", "completed",
    "terminated", "superseded", "withdrawn", "void", "unknown",
)  # fmt: skip
"""What may matter tomorrow comes first."""
MOST_WAITING: Final = 60
MOST_NOTES: Final = 4
SOON_DAYS: Final = 180
_GROUPS: Final[dict[About, tuple[queries.Grouped, queries.Grouped]]] = {
    "country": ("member", "theme"),
    "member": ("country", "theme"),
    "theme": ("member", "country"),
}
"""What the agreements are counted by."""


class Subject(NamedTuple):
    """What the sheet is about: the filter of its agreements, and the value of it."""

    about: About
    key: str

    @property
    def wanted(self) -> queries.Wanted:
        """Its agreements."""
        return msgspec.structs.replace(queries.Wanted(), **{self.about: self.key})


class Group(NamedTuple):
    """Agreements counted by one thing, the most first."""

    by: queries.Grouped
    figures: Sequence[queries.Figures]


class Gathered(NamedTuple):
    """All that a sheet says.

    *municipal*, *state*, *organisations*: whose agreements count; *member*: the one click, of a city.
    *lines* are the foremost of *total* agreements.
    """

    day: date
    municipal: queries.Figures
    state: queries.Figures
    organisations: queries.Figures
    member: MemberView | None
    groups: Sequence[Group]
    waiting: Sequence[Line]
    ending: Sequence[Line]
    lines: Sequence[Line]
    total: int


class _Counts(NamedTuple):
    municipal: queries.Figures
    state: queries.Figures
    organisations: queries.Figures
    groups: list[Group]


async def gathered(
    request: web.Request, caller: Caller, subject: Subject, sees: queries.Reach, day: date
) -> Gathered:
    """Read it all. What of it is restricted is noted as read by the caller."""
    counts = await _counts(request, subject, sees, day)
    moment = queries.Moment(day)
    soon = msgspec.structs.replace(subject.wanted, expires_before=day + timedelta(SOON_DAYS + 1))
    async with snapshot_of(request) as connection:
        foremost = await of_boards.foremost(
            connection, subject.wanted, moment, sees, states=STATES, limit=MOST_LINES
        )
        waits = await queries.find(
            connection,
            msgspec.structs.replace(subject.wanted, gate="federal"),
            moment,
            before=queries.NEWEST,
            limit=MOST_WAITING,
            reach=sees,
        )
        ends = await of_boards.ending(connection, soon, moment, sees, after=(date.min, 0), limit=MOST_NOTES)
        every = await lines(request, connection, foremost.known_from, day, sees)
        waiting = await lines(request, connection, waits.known_from, day, sees)
        ending = await lines(request, connection, [each.known_from for each in ends], day, sees)
        member = await _member(connection, subject, caller) if subject.about == "member" else None
    async with connection_of(request) as connection:
        shown = [line.id for line in (*every, *waiting, *ending)]
        await note_reading(request, connection, caller, shown)
    return Gathered(
        day=day,
        municipal=counts.municipal,
        state=counts.state,
        organisations=counts.organisations,
        member=member,
        groups=counts.groups,
        waiting=[line for line in waiting if _waits(line)],
        ending=ending,
        lines=every,
        total=foremost.total,
    )


async def _counts(request: web.Request, subject: Subject, sees: queries.Reach, day: date) -> _Counts:
    """Counted over everything, and kept until something is told."""

    async def count(connection: queries.Connection) -> _Counts:
        asked = queries.Counted(subject.wanted, queries.Moment(day), sees)
        groups = []
        for by in _GROUPS[subject.about]:
            figures = await queries.by_facet(connection, by, asked)
            groups.append(Group(by, sorted(figures, key=lambda each: (-known_in(each), each.key))))
        kinds = {figures.key: figures for figures in await queries.by_kind(connection, asked)}
        return _Counts(
            municipal=kinds.get("municipality", queries.Figures("")),
            state=kinds.get("state", queries.Figures("")),
            organisations=kinds.get("organisation", queries.Figures("")),
            groups=groups,
        )

    found: _Counts = await counted(request, ("briefing", subject, sees, day), count, may_be_late=True)
    return found


def known_in(figures: queries.Figures) -> int:
    """Agreements signed at any time, or being negotiated."""
    return figures.signed + figures.negotiating


def _waits(line: Line) -> bool:
    stands = (line.told.get("gates") or {}).get("federal") or {}
    return stands.get("status") in WAITING["federal"] and line.state not in OVER


OVER: Final = frozenset({"expired", "completed", "terminated", "superseded", "withdrawn", "void", "unknown"})
"""States in which nothing is waited for any more."""


async def _member(connection: queries.Connection, subject: Subject, caller: Caller) -> MemberView:
    row = await queries.member(connection, subject.key)
    if row is None:
        raise NotFound(NO_SUCH_MEMBER)
    asked = moments.asked(Parameters(MultiDict(), ()), now())
    [view] = await views(connection, [row], asked, await asked.moment(connection), caller)
    return view
