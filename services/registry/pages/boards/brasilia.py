"""`/quadros/brasilia`: what waits for an answer of the federal government, the longest first."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple, get_args

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.folding.agreement import Value, value_on
from services.registry.folding.rules import Overdue
from services.registry.http.answers import connection_of, reach
from services.registry.http.counts import counted
from services.registry.http.paging import bad_cursor, cursor
from services.registry.http.rulings import RULINGS
from services.registry.pages.boards.asked import ROWS, Asked, export
from services.registry.pages.boards.lines import Line, lines, mesoregion_of
from services.registry.pages.boards.noting import note_reading
from services.registry.queries import of_boards
from shared import web as look
from shared.accounts import Caller, scope_of
from shared.notices.codelists import FederalBody
from shared.notices.dates import ReducedDate

GATE: Final = "federal"
UNTOLD: Final = "none"
"""Stands for the body where none is told."""
AGES: Final = {"90": 90, "180": 180, "365": 365}
_BODIES: Final = (*get_args(FederalBody), UNTOLD)
_LIST: Final = "brasilia"


class Waiting(NamedTuple):
    """An agreement that waits: at which body, since which day as told; None: nobody knows."""

    since: ReducedDate | None
    known_from: int
    body: str | None
    mesoregion: str | None

    def days(self, today: date) -> int | None:
        """For how many days at least: of a month or a year alone they count from its last day."""
        return None if self.since is None else max(0, (today - self.since.last_day).days)


class _Fields(msgspec.Struct):
    gates: list[Value] = []


class _Stored(msgspec.Struct):
    """Of a stored fold what tells of its gates."""

    fields: _Fields


class Row(NamedTuple):
    """A line of the board, with the term that ran out, if one did."""

    line: Line
    waiting: Waiting
    days: int | None
    overdue: Overdue | None


_gates_of = msgspec.json.Decoder(_Stored).decode


async def waiting(request: web.Request, sees: queries.Reach, today: date) -> list[Waiting]:
    """All that waits, the longest first; what nobody knows since when, last. Kept until something is told."""

    async def read(connection: queries.Connection) -> list[Waiting]:
        rows = await of_boards.waiting(connection, GATE, today, sees)
        return sorted((_read(row, today) for row in rows), key=_urgency)

    found: list[Waiting] = await counted(request, ("waiting", GATE, sees, today), read, may_be_late=True)
    return found


async def get_waiting(request: web.Request, caller: Caller) -> web.Response:
    """The board, by body, age and region."""
    asked = Asked(request, ("mesoregion", "body", "age"))
    body = asked.parameters.one_of("body", _BODIES)
    least = AGES[age] if (age := asked.parameters.one_of("age", tuple(AGES))) else 0
    region, sees = asked.mesoregion, reach(scope_of(caller))
    every = await waiting(request, sees, asked.today)
    chosen = [
        each
        for each in every
        if region in {None, each.mesoregion}
        and body in {None, each.body or UNTOLD}
        and (not least or (each.days(asked.today) or 0) > least)
    ]
    begin = _place(asked, len(chosen))
    shown = chosen[begin : begin + ROWS]
    async with connection_of(request) as connection:
        rules = await request.app[RULINGS].now(connection)
        found = await lines(request, connection, [each.known_from for each in shown], asked.today, sees)
        await note_reading(request, connection, caller, [line.id for line in found])
    by_key = {line.known_from: line for line in found}
    rows = [
        Row(
            line,
            each,
            each.days(asked.today),
            next((term for term in rules.overdue(line.agreement, asked.today) if term.gate == GATE), None),
        )
        for each in shown
        if (line := by_key.get(each.known_from)) is not None
    ]
    following = cursor(_LIST, begin + ROWS) if len(chosen) > begin + ROWS else None
    return look.page(
        request,
        "registry/boards/brasilia.html",
        {
            **asked.context(following),
            "rows": rows,
            "count": len(chosen),
            "total": len(every),
            "bodies": _by_body(every),
            "ages": AGES,
            "untold": UNTOLD,
            "export": export("/v1/agreements", gate=_gate(body), mesoregion=region),
            "most": of_boards.MOST_WAITING if len(every) == of_boards.MOST_WAITING else None,
        },
    )


def _read(row: of_boards.WaitingRow, today: date) -> Waiting:
    held = value_on(_gates_of(row.fold).fields.gates, today)
    stands = held.get(GATE, {}) if isinstance(held, dict) else {}
    since = None if row.from_day == date.min else ReducedDate.of_day(row.from_day)
    if stands.get("since"):
        since = ReducedDate.parse(stands["since"])
    return Waiting(since, row.known_from, stands.get("body"), mesoregion_of(row.member))


def _urgency(each: Waiting) -> tuple[bool, date, int]:
    return each.since is None, date.min if each.since is None else each.since.last_day, each.known_from


def _by_body(every: Sequence[Waiting]) -> list[tuple[str, int]]:
    return Counter(each.body or UNTOLD for each in every).most_common()


def _gate(body: str | None) -> str:
    return GATE if body in {None, UNTOLD} else f"{GATE}:consulted:{body}"


def _place(asked: Asked, most: int) -> int:
    key = asked.paging.key(_LIST)
    if key is None:
        return 0
    if not key.isdecimal() or not key.isascii() or len(key) > len(str(of_boards.MOST_WAITING)):
        raise bad_cursor()
    return min(int(key), most)
