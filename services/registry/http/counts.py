"""What counts by looking at everything takes its turn, so that it holds nobody up, and is counted once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of, snapshot_of
from shared.problems import Unavailable

COUNTING: Final = web.AppKey("counting", asyncio.Semaphore)
AT_ONCE: Final = 2
_TURN_SECONDS: Final = 5.0
_COUNTING_SECONDS: Final = 10.0
_MOST_REMEMBERED: Final = 200
_NOTHING: Final = queries.Standing(-1, -1)


class Remembered:
    """Counts that were asked for, for as long as nothing is registered."""

    def __init__(self) -> None:
        self._standing = _NOTHING
        self._counts: dict[Hashable, Any] = {}

    def find(self, standing: queries.Standing, question: Hashable) -> Any:
        """What was counted for *question* when everything stood as it does; None if nothing was."""
        return self._counts.get(question) if standing == self._standing else None

    def keep(self, standing: queries.Standing, question: Hashable, count: Any) -> None:
        """Keep a *count* for whoever asks the same again."""
        if standing != self._standing or len(self._counts) >= _MOST_REMEMBERED:
            self._standing, self._counts = standing, {}
        self._counts[question] = count


REMEMBERED: Final = web.AppKey("remembered_counts", Remembered)


async def counted(
    request: web.Request, question: Hashable, count: Callable[[queries.Connection], Awaitable[Any]]
) -> Any:
    """What *count* finds, or found since anything was registered last, for the same *question*."""
    remembered = request.app[REMEMBERED]
    async with connection_of(request) as connection:
        found = remembered.find(await queries.standing(connection), question)
    if found is not None:
        return found
    async with counting(request) as connection:
        standing = await queries.standing(connection)
        found = remembered.find(standing, question)  # whoever had the turn before may have asked the same
        if found is None:
            found = await count(connection)
            remembered.keep(standing, question, found)
    return found


@asynccontextmanager
async def counting(request: web.Request) -> AsyncIterator[queries.Connection]:
    """A connection for a count over everything, once it is this request's turn; else Unavailable."""
    turns = request.app[COUNTING]
    try:
        async with asyncio.timeout(_TURN_SECONDS):
            await turns.acquire()
    except TimeoutError:
        raise Unavailable from None
    try:
        async with snapshot_of(request, seconds=_COUNTING_SECONDS) as connection:
            await queries.prepare_to_count(connection)
            yield connection
    finally:
        turns.release()
