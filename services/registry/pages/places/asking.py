"""What a page about a place is asked for: a day, and as who."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web
from multidict import MultiDict

from services.registry import queries
from services.registry.http import moments
from services.registry.http.answers import now, reach, snapshot_of
from services.registry.http.counts import counting
from services.registry.http.members import is_counted
from services.registry.http.moments import Asked
from services.registry.http.parameters import Parameters
from shared.accounts import Caller, scope_of
from shared.notices.dates import day_of


class Question(msgspec.Struct, frozen=True):
    """Who asks, about which day, and how far they see."""

    caller: Caller
    asked: Asked
    sees: queries.Reach

    @property
    def moment(self) -> queries.Moment:
        """The day, as it is known now."""
        return queries.Moment(self.asked.as_of)

    @property
    def is_today(self) -> bool:
        """Whether no other day was asked for."""
        return self.asked.as_of == day_of(self.asked.known_at)


def question(request: web.Request, caller: Caller) -> Question:
    """What *request* asks for. An empty day is none; raises InvalidParameter for what is no day."""
    day = request.query.get("as_of")
    parameters = Parameters(MultiDict({"as_of": day} if day else {}), moments.NAMES)
    return Question(caller, moments.asked(parameters, now()), reach(scope_of(caller)))


@asynccontextmanager
async def reading(request: web.Request, question: Question) -> AsyncIterator[queries.Connection]:
    """A connection that sees the registry at one instant; for what has to be counted, once it is its turn."""
    source = counting(request) if is_counted(question.asked) else snapshot_of(request)
    async with source as connection:
        yield connection
