"""`/quadros/sem-objetivos`, `/quadros/a-classificar`: what is not told yet, the longest known first."""

from typing import Final, NamedTuple, get_args

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of, reach
from services.registry.http.counts import counted
from services.registry.http.paging import cursor
from services.registry.pages.boards.asked import ROWS, Asked, export
from services.registry.pages.boards.lines import Line, lines
from services.registry.pages.boards.noting import note_reading
from services.registry.queries import of_boards
from shared import web as look
from shared.accounts import Caller, scope_of
from shared.notices.codelists import Instrument, State
from shared.notices.dates import day_of

WITHOUT_OBJECTIVES: Final = queries.Wanted(missing="objectives")
UNCLASSIFIED: Final = queries.Wanted(instrument="OUT")
OPEN_STATES: Final[tuple[State, ...]] = (
    "negotiating", "under_review", "ready_to_sign", "signed", "in_force", "suspended",
)  # fmt: skip
_CLASSES: Final = tuple(code for code in get_args(Instrument) if code != "OUT")

QUESTION: Final = "Quais são os objetivos deste acordo, com o que se quer alcançar e até quando?"
REASON: Final = "Tipo definido pela coordenação da rede."
"""What is asked of a member, what stands in a history: in Portuguese, whoever asks."""


class Row(NamedTuple):
    """A line of the board, and for how many days the agreement is known."""

    line: Line
    days: int


async def lackings(request: web.Request, wanted: queries.Wanted, caller: Caller, asked: Asked) -> int:
    """How many of *wanted* are not over; kept until something is told."""
    sees, moment = reach(scope_of(caller)), queries.Moment(asked.today)

    async def count(connection: queries.Connection) -> int:
        return await of_boards.lackings(connection, wanted, moment, sees)

    found: int = await counted(request, ("lacking", wanted, sees, asked.today), count, may_be_late=True)
    return found


async def get_without_objectives(request: web.Request, caller: Caller) -> web.Response:
    """Agreements whose kind asks for objectives, and that tell none."""
    return await _board(request, caller, WITHOUT_OBJECTIVES, "registry/boards/without_objectives.html")


async def get_unclassified(request: web.Request, caller: Caller) -> web.Response:
    """Agreements of the kind "other" or "I do not know": the coordination says which kind they are."""
    return await _board(request, caller, UNCLASSIFIED, "registry/boards/unclassified.html")


async def _board(request: web.Request, caller: Caller, wanted: queries.Wanted, template: str) -> web.Response:
    asked = Asked(request, ("mesoregion", "state"))
    wanted = msgspec.structs.replace(
        wanted, mesoregion=asked.mesoregion, state=asked.parameters.one_of("state", OPEN_STATES)
    )
    sees = reach(scope_of(caller))
    count = await lackings(request, wanted, caller, asked)
    after = asked.paging.position(template) if asked.paging.cursor else 0
    async with connection_of(request) as connection:
        rows = await of_boards.lacking(
            connection, wanted, queries.Moment(asked.today), sees, after=after, limit=ROWS + 1
        )
        shown = rows[:ROWS]
        found = await lines(request, connection, [row.known_from for row in shown], asked.today, sees)
        await note_reading(request, connection, caller, [line.id for line in found])
    known_at = {row.known_from: row.known_at for row in shown}
    following = cursor(template, shown[-1].known_from) if len(rows) > ROWS else None
    return look.page(
        request,
        template,
        {
            **asked.context(following),
            "rows": [Row(line, (asked.today - day_of(known_at[line.known_from])).days) for line in found],
            "count": count,
            "states": OPEN_STATES,
            "classes": _CLASSES,
            "question": QUESTION,
            "reason": REASON,
            "may_tell": caller.role == "coordination",
            "export": export(
                "/v1/agreements",
                missing=wanted.missing,
                instrument=wanted.instrument,
                mesoregion=wanted.mesoregion,
                state=wanted.state,
            ),
        },
    )
