"""The end of the feed stream: up to which position it holds everything, and the highest that it holds."""

import asyncio
import time
from collections.abc import Collection
from typing import Final, NamedTuple

from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from shared.consuming import consuming

STREAM: Final = "feed"
CHUNK_ITEMS: Final = 256
"""Published at once, and again as a whole if one of them is not confirmed."""

_OFFSET: Final = "x-stream-offset"
_PREFETCH: Final = 1000
_WINDOW_MESSAGES: Final = 4 * CHUNK_ITEMS
_OPEN_SECONDS: Final = 5.0
_EMPTY_SECONDS: Final = 1.5
_FIRST_SECONDS: Final = 10.0
_QUIET_SECONDS: Final = 0.25


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
    end = await _end_offset(connection, stop, expects_items=expects_items)
    if stop.is_set():
        return None
    if end is None:
        return Tail(0, 0)
    positions: set[int] = set()
    first: int | None = None
    start = max(0, end - _WINDOW_MESSAGES + 1)
    async with consuming(
        connection, STREAM, stop, prefetch=_PREFETCH, arguments={_OFFSET: start}
    ) as deliveries:
        while True:
            message = await deliveries.next(_FIRST_SECONDS)
            if message is None:
                if stop.is_set():
                    return None
                raise TimeoutError("the feed stream does not deliver")
            await deliveries.acknowledge(message)
            first = _offset(message) if first is None else first
            if isinstance(position := _header(message, "position"), int):
                positions.add(position)
            if _offset(message) >= end:
                return Tail(complete_up_to(positions, forgot=first > start), max(positions, default=0))


def complete_up_to(positions: Collection[int], *, forgot: bool) -> int:
    """The highest position with nothing missing before it, of the *positions* at the end of the stream.

    A chunk of which a part was not confirmed is published again; if the process ends before that, the hole is
    among the last CHUNK_ITEMS positions, and nowhere else. *forgot*: retention dropped what came before them,
    and that was complete.
    """
    if not positions:
        return 0
    highest = max(positions)
    first = max(1, highest - CHUNK_ITEMS)
    if forgot:
        first = max(first, min(positions))
    return next((position - 1 for position in range(first, highest) if position not in positions), highest)


async def _end_offset(
    connection: AbstractConnection, stop: asyncio.Event, *, expects_items: bool
) -> int | None:
    """The offset of the last message; None if there is none.

    `last` delivers the last chunk and what follows, so it is read until it is quiet. The message count of the
    declaration lags by up to a second: a stream that looks empty is given longer to show that it is not.
    """
    transport = connection.transport
    if transport is None:
        raise ConnectionError("the connection ended while it began")
    async with asyncio.timeout(_OPEN_SECONDS):
        channel = await transport.connection.channel(publisher_confirms=False)
        declared = await channel.queue_declare(STREAM, passive=True)
        await channel.close()
    looks_empty = not declared.message_count
    end: int | None = None
    async with consuming(
        connection, STREAM, stop, prefetch=_PREFETCH, arguments={_OFFSET: "last"}
    ) as deliveries:
        patience = _FIRST_SECONDS if expects_items or not looks_empty else _EMPTY_SECONDS
        until = time.monotonic() + _FIRST_SECONDS
        while (message := await deliveries.next(patience)) is not None and time.monotonic() < until:
            end = _offset(message)
            await deliveries.acknowledge(message)
            patience = _QUIET_SECONDS
    if end is None and not looks_empty and not stop.is_set():
        raise TimeoutError("the feed stream does not deliver")
    return end


def _offset(message: DeliveredMessage) -> int:
    offset = _header(message, _OFFSET)
    if not isinstance(offset, int):
        raise TypeError(_OFFSET)
    return offset


def _header(message: DeliveredMessage, name: str) -> object:
    return (message.header.properties.headers or {}).get(name)
