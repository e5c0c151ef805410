"""What counts by looking at everything takes its turn, so that it holds nobody up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import snapshot_of
from shared.problems import Unavailable

COUNTING: Final = web.AppKey("counting", asyncio.Semaphore)
AT_ONCE: Final = 2
_TURN_SECONDS: Final = 5.0
_COUNTING_SECONDS: Final = 10.0


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
