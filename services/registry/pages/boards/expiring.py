"""`/quadros/vencimentos`: whose term ends within 30, 90 or 180 days, the soonest first."""

import re
from datetime import date, timedelta
from typing import Final, NamedTuple

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of, reach
from services.registry.http.counts import counted
from services.registry.http.paging import bad_cursor, cursor
from services.registry.http.parameters import read_day
from services.registry.pages.boards.asked import ROWS, Asked, export
from services.registry.pages.boards.lines import Line, lines
from services.registry.pages.boards.noting import note_reading
from services.registry.queries import of_boards
from shared import web as look
from shared.accounts import Caller, scope_of
from shared.web.shown import shown_day

WITHIN: Final = {"30": 30, "90": 90, "180": 180}
_USUAL: Final = "180"
_LIST: Final = "expiring"
_PLACE: Final = re.compile(r"([0-9-]{10}):([0-9]{1,18})")


class Row(NamedTuple):
    """A line of the board, its last day, and how many days are left."""

    line: Line
    ends_on: date
    days: int

    @property
    def question(self) -> str:
        """What to ask its member: in Portuguese, whatever the asker reads."""
        day = shown_day(self.line.told.get("ends_on") or self.ends_on, "pt")
        return f"O prazo deste acordo acaba em {day}. Ele vai ser prorrogado?"


def wanted(today: date, days: int, mesoregion: str | None = None) -> queries.Wanted:
    """What ends within so many days."""
    return queries.Wanted(mesoregion=mesoregion, expires_before=today + timedelta(days + 1))


async def endings(
    request: web.Request, sees: queries.Reach, today: date, mesoregion: str | None = None
) -> of_boards.Ending:
    """How many end, by the days that are left; kept until something is told."""
    soon = wanted(today, WITHIN[_USUAL], mesoregion)

    async def count(connection: queries.Connection) -> of_boards.Ending:
        return await of_boards.endings(connection, soon, queries.Moment(today), sees)

    found: of_boards.Ending = await counted(request, ("endings", soon, sees, today), count, may_be_late=True)
    return found


async def get_expiring(request: web.Request, caller: Caller) -> web.Response:
    """The board, by the days left and by region."""
    asked = Asked(request, ("mesoregion", "within"))
    days = WITHIN[asked.parameters.one_of("within", tuple(WITHIN)) or _USUAL]
    region, sees = asked.mesoregion, reach(scope_of(caller))
    soon = wanted(asked.today, days, region)
    figures = await endings(request, sees, asked.today, region)
    async with connection_of(request) as connection:
        ends = await of_boards.ending(
            connection, soon, queries.Moment(asked.today), sees, after=_place(asked), limit=ROWS + 1
        )
        shown = ends[:ROWS]
        found = await lines(request, connection, [each.known_from for each in shown], asked.today, sees)
        await note_reading(request, connection, caller, [line.id for line in found])
    last_days = {each.known_from: each.ends_on for each in shown}
    rows = [Row(line, day, (day - asked.today).days) for line in found if (day := last_days[line.known_from])]
    following = cursor(_LIST, f"{shown[-1].ends_on}:{shown[-1].known_from}") if len(ends) > ROWS else None
    return look.page(
        request,
        "registry/boards/expiring.html",
        {
            **asked.context(following),
            "rows": rows,
            "figures": figures,
            "within": days,
            "export": export(
                "/v1/agreements", expires_before=f"{asked.today + timedelta(days + 1)}", mesoregion=region
            ),
        },
    )


def _place(asked: Asked) -> tuple[date, int]:
    key = asked.paging.key(_LIST)
    if key is None:
        return date.min, 0
    match = _PLACE.fullmatch(key)
    day = None if match is None else read_day(match[1])
    if match is None or day is None:
        raise bad_cursor()
    return day, int(match[2])
