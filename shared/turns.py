"""Long work on an event loop, a little at a time."""

import asyncio
from collections.abc import Iterable
from typing import Final, TypeVar

TURN_ITEMS: Final = 32
"""A few milliseconds of reading or writing notices."""

Item = TypeVar("Item")


async def listed(items: Iterable[Item]) -> list[Item]:
    """All *items*, each made when its turn comes; after every few everybody else on the loop has theirs."""
    made: list[Item] = []
    for item in items:
        made.append(item)
        if len(made) % TURN_ITEMS == 0:
            await asyncio.sleep(0)
    return made
