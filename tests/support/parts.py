"""A part of a service at work, without the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.lifecycle import Part

_PATIENCE_SECONDS = 120.0


@asynccontextmanager
async def running(part: Part) -> AsyncIterator[None]:
    """*part* at work, until the block ends; then it stops properly."""
    stop = asyncio.Event()
    task = asyncio.create_task(part.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await task
