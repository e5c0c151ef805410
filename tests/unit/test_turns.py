"""Long work on a loop that others use."""

import asyncio
from collections.abc import Iterator

from shared.turns import TURN_ITEMS, listed

COUNT = 4 * TURN_ITEMS + 1


async def test_others_have_their_turn_between_a_few_items() -> None:
    """Whoever comes while a thousand notices are read does not wait for all of them."""
    read = 0
    seen: list[int] = []

    def reading() -> Iterator[int]:
        nonlocal read
        for number in range(COUNT):
            read += 1
            yield number

    async def neighbour() -> None:
        while read < COUNT:
            seen.append(read)
            await asyncio.sleep(0)

    coming = asyncio.create_task(neighbour())
    assert await listed(reading()) == list(range(COUNT))
    await coming
    assert seen == [TURN_ITEMS * turn for turn in range(1, 5)]
