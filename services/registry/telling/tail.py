"""The end of the feed stream: up to which position it holds everything, and the highest that it holds."""

import asyncio
from collections.abc import Collection
from typing import Final, NamedTuple

from aio_pika.abc import AbstractConnection

from shared.consuming import consuming
from shared.streams import OFFSET, end_of, offset_of

STREAM: Final = "feed"
CHUNK_ITEMS: Final = 256
"""Published at once, and again as a whole if one of them is not confirmed."""
AFTER: Final = "after"
"""Header of a canary: the stream holds everything up to this position before it."""

_PREFETCH: Final = 1000
_WINDOW_MESSAGES: Final = 4 * CHUNK_ITEMS
_FIRST_SECONDS: Final = 10.0


class Tail(NamedTuple):
    """The stream holds everything up to *complete_to*, and nothing above *highest*; 0: it is empty."""

    complete_to: int
    highest: int


async def read_tail(
    connection: AbstractConnection, stop: asyncio.Event, *, expects_items: bool
) -> Tail | None:
    """Where the stream ends; None if *stop* came first.

    *expects_items*: it is known to have held some, so that it gets more time to show them.
    """
    end = await end_of(connection, STREAM, stop, expects_messages=expects_items)
    if stop.is_set():
        return None
    if end is None:
        return Tail(0, 0)
    positions: set[int] = set()
    known = 0
    first: int | None = None
    start = max(0, end - _WINDOW_MESSAGES + 1)
    async with consuming(
        connection, STREAM, stop, prefetch=_PREFETCH, arguments={OFFSET: start}
    ) as deliveries:
        while True:
            message = await deliveries.next(_FIRST_SECONDS)
            if message is None:
                if stop.is_set():
                    return None
                raise TimeoutError("the feed stream does not deliver")
            await deliveries.acknowledge(message)
            first = offset_of(message) if first is None else first
            headers = message.header.properties.headers or {}
            if isinstance(position := headers.get("position"), int):
                positions.add(position)
            if isinstance(after := headers.get(AFTER), int):
                known = max(known, after)
            if offset_of(message) >= end:
                complete_to = complete_up_to(positions, forgot=first > start, known=known)
                return Tail(complete_to, max(positions | {known}))


def complete_up_to(positions: Collection[int], *, forgot: bool, known: int = 0) -> int:
    """The highest position with nothing missing before it, of the *positions* at the end of the stream.

    A chunk of which a part was not confirmed is published again; if the process ends before that, the hole is
    among the last CHUNK_ITEMS positions, and nowhere else. *forgot*: retention dropped what came before them,
    and that was complete. Canaries stand between the items, perhaps nothing but canaries for long: up to
    *known* they say that all is there.
    """
    highest = max(positions, default=0)
    if highest <= known:
        return known
    first = max(1, highest - CHUNK_ITEMS, known + 1)
    if forgot:
        first = max(first, min(positions))
    return next((position - 1 for position in range(first, highest) if position not in positions), highest)
