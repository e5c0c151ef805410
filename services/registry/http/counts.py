"""What counts by looking at everything takes its turn, so that it holds nobody up, and is counted once."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, NamedTuple

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import caller_of, connection_of, snapshot_of
from shared.problems import Unavailable

COUNTING: Final = web.AppKey("counting", asyncio.Semaphore)
AT_ONCE: Final = 2
OF_STRANGERS: Final = web.AppKey("counting_for_strangers", asyncio.Semaphore)
OF_STRANGERS_AT_ONCE: Final = 1
"""Whoever has not signed in never takes the last turn."""
LATEST_SECONDS: Final = 300.0
_TURN_SECONDS: Final = 5.0
_COUNTING_SECONDS: Final = 20.0
_QUICK_SECONDS: Final = 0.2
"""What is counted so fast is never shown late."""
_SHARE: Final = 20
"""A count is made anew no more often than leaves so many times its own time between two of them."""
_MOST_REMEMBERED: Final = 200

Count = Callable[[queries.Connection], Awaitable[Any]]


class Remembered(NamedTuple):
    """A count: how everything stood, when it was made, and how long it took."""

    standing: queries.Standing
    count: Any
    at: float
    seconds: float


class _UnderWay(NamedTuple):
    standing: queries.Standing
    task: asyncio.Task[Any]


class Counts:
    """Counts that were asked for of late, and those that are being made."""

    def __init__(self) -> None:
        self._remembered: dict[Hashable, Remembered] = {}
        self._under_way: dict[Hashable, _UnderWay] = {}

    def find(self, question: Hashable) -> Remembered | None:
        """What was counted last for *question*."""
        return self._remembered.get(question)

    def keep(self, question: Hashable, found: Remembered) -> None:
        """Keep what was *found* for whoever asks the same again; what was counted longest ago goes."""
        self._remembered.pop(question, None)
        self._remembered[question] = found
        while len(self._remembered) > _MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    def make(
        self, question: Hashable, standing: queries.Standing, count: Callable[[], Awaitable[Any]]
    ) -> asyncio.Task[Any]:
        """The count that is under way for *question* since everything stood so; else it begins."""
        under_way = self._under_way.get(question)
        if under_way is not None and under_way.standing == standing:
            return under_way.task
        task = asyncio.ensure_future(count())
        self._under_way[question] = begun = _UnderWay(standing, task)

        def end(task: asyncio.Task[Any]) -> None:
            if self._under_way.get(question) is begun:
                del self._under_way[question]
            if not task.cancelled():
                task.exception()  # whoever waits hears of it; if nobody does, the next asker counts again

        task.add_done_callback(end)
        return task

    async def close(self, _app: web.Application) -> None:
        """Stop what is under way."""
        tasks = [each.task for each in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


COUNTS: Final = web.AppKey("counts", Counts)


def install(app: web.Application) -> None:
    """Let *app* count."""
    app[COUNTING] = asyncio.Semaphore(AT_ONCE)
    app[OF_STRANGERS] = asyncio.Semaphore(OF_STRANGERS_AT_ONCE)
    app[COUNTS] = counts = Counts()
    app.on_shutdown.append(counts.close)


async def counted(
    request: web.Request, question: Hashable, count: Count, *, may_be_late: bool = False
) -> Any:
    """What *count* finds, or found since anything was registered last, for the same *question*.

    Whoever asks the same meanwhile waits for the same count. *may_be_late*: where counting takes long, also
    what was found in the last minutes; it is then counted anew behind the asker's back.
    """
    counts = request.app[COUNTS]
    async with connection_of(request) as connection:
        standing = await queries.standing(connection)
    found = counts.find(question)
    if found is not None and found.standing == standing:
        return found.count

    async def begin() -> Any:
        async with counting(request) as connection:
            standing = await queries.standing(connection)
            began = time.monotonic()
            result = await count(connection)
            now = time.monotonic()
        counts.keep(question, Remembered(standing, result, now, now - began))
        return result

    if may_be_late and found is not None and _is_good(found):
        if time.monotonic() - found.at > _SHARE * found.seconds:
            counts.make(question, standing, begin)
        return found.count
    return await asyncio.shield(counts.make(question, standing, begin))


def _is_good(found: Remembered) -> bool:
    return found.seconds > _QUICK_SECONDS and time.monotonic() - found.at < LATEST_SECONDS


@asynccontextmanager
async def counting(request: web.Request) -> AsyncIterator[queries.Connection]:
    """A connection for a count over everything, once it is this request's turn; else Unavailable."""
    turns = [request.app[COUNTING]]
    if (await caller_of(request)).role == "anonymous":
        turns.insert(0, request.app[OF_STRANGERS])
    async with AsyncExitStack() as held:
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                for turn in turns:
                    await turn.acquire()
                    held.callback(turn.release)
        except TimeoutError:
            raise Unavailable from None
        connection = await held.enter_async_context(snapshot_of(request, seconds=_COUNTING_SECONDS))
        await queries.prepare_to_count(connection)
        yield connection
