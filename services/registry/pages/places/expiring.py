"""What ends soon, the next first."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.pages.places import lines
from services.registry.pages.places.asking import Question
from services.registry.pages.places.lines import Line
from shared.notices.families.fact import read_date

WITHIN: Final = timedelta(180)
MOST_SHOWN: Final = 10
_MOST_READ: Final = 100
_ALIVE: Final = frozenset({"signed", "in_force", "suspended"})


async def ends_soon(
    request: web.Request, connection: queries.Connection, question: Question, wanted: queries.Wanted
) -> list[Line]:
    """Of what is *wanted*, what is alive and ends within 180 days. To be called in a transaction."""
    ending = msgspec.structs.replace(wanted, expires_before=question.asked.as_of + WITHIN + timedelta(1))
    return ordered(await lines.lines(request, connection, question, ending, _MOST_READ), question.asked.as_of)


def ordered(found: Iterable[Line], on: date) -> list[Line]:
    """Those of *found* that end within 180 days of *on*, the next first: the first MOST_SHOWN."""
    dated = [(read.last_day, line) for line in found if (read := read_date(line.ends_on)) is not None]
    ending = [(day, line) for day, line in dated if line.state in _ALIVE and on <= day <= on + WITHIN]
    return [line for _, line in sorted(ending, key=lambda each: each[0])][:MOST_SHOWN]
