"""Answers that go out piece by piece: to readers that may stop reading, and never as half a whole."""

import asyncio
from typing import Final, NoReturn

import structlog
from aiohttp import web

log = structlog.get_logger()

STALLED_SECONDS: Final = 60.0
"""A reader that takes nothing for so long has gone."""


class _Cut(ConnectionError):  # noqa: N818 (what happens to the connection)
    """The answer had begun and could not be brought to its end: the connection ends before it."""


async def send(response: web.StreamResponse, chunk: bytes) -> None:
    """Send *chunk*; waits while the reader is behind, TimeoutError when it takes nothing any more."""
    async with asyncio.timeout(STALLED_SECONDS):
        await response.write(chunk)


def cut(request: web.Request, error: Exception) -> NoReturn:
    """End the connection where it is, so that no reader takes a part for the whole."""
    if request.transport is not None:
        request.transport.abort()
    if not isinstance(error, ConnectionError):
        resource = request.match_info.route.resource
        log.warning("answer_cut", route=resource and resource.canonical, exc_info=error)
    raise _Cut from error
