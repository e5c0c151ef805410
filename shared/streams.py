"""RabbitMQ streams: where one ends, and where a message stands in it."""

import asyncio
import time
from typing import Final

from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from shared.consuming import consuming

OFFSET: Final = "x-stream-offset"
"""Argument of a consumer: from where; header of a message: where it stands."""

_PREFETCH: Final = 1000
_OPEN_SECONDS: Final = 5.0
_EMPTY_SECONDS: Final = 1.5
_FIRST_SECONDS: Final = 10.0
_QUIET_SECONDS: Final = 0.25


def offset_of(message: DeliveredMessage) -> int:
    """Where *message* stands in its stream."""
    offset = (message.header.properties.headers or {}).get(OFFSET)
    if not isinstance(offset, int):
        raise TypeError(OFFSET)
    return offset


async def end_of(
    connection: AbstractConnection, stream: str, stop: asyncio.Event, *, expects_messages: bool = False
) -> int | None:
    """The offset of the last message by now; None if there is none, or *stop* came first.

    `last` delivers the last chunk and what follows, so it is read until it is quiet. The message count of the
    declaration lags by up to a second: a stream that looks empty is given longer to show that it is not, and
    longer still if it is known to have held some (*expects_messages*). Raises TimeoutError when a stream that
    is not empty delivers nothing.
    """
    transport = connection.transport
    if transport is None:
        raise ConnectionError("the connection ended while it began")
    async with asyncio.timeout(_OPEN_SECONDS):
        channel = await transport.connection.channel(publisher_confirms=False)
        declared = await channel.queue_declare(stream, passive=True)
        await channel.close()
    looks_empty = not declared.message_count
    end: int | None = None
    async with consuming(
        connection, stream, stop, prefetch=_PREFETCH, arguments={OFFSET: "last"}
    ) as deliveries:
        patience = _EMPTY_SECONDS if looks_empty and not expects_messages else _FIRST_SECONDS
        until = time.monotonic() + _FIRST_SECONDS
        while (message := await deliveries.next(patience)) is not None and time.monotonic() < until:
            end = offset_of(message)
            await deliveries.acknowledge(message)
            patience = _QUIET_SECONDS
    if end is None and not looks_empty and not stop.is_set():
        raise TimeoutError(f"the stream {stream} does not deliver")
    return end
