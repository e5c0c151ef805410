"""The consuming side: messages of one queue or stream, in order, on a channel of their own.

The library's callback only keeps a message for later: it is cancelled when the connection drops, so no work
is done in it. Nothing is acknowledged before somebody says so.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic

from shared.broker import CONNECTION_ERRORS
from shared.unmarshalling import read_any_text

OPEN_SECONDS = 5.0


class Deliveries:
    """What one consumer was given and nobody has taken yet: at most its prefetch."""

    def __init__(self, channel: AbstractChannel, stop: asyncio.Event, news: asyncio.Event) -> None:
        self._channel = channel
        self._stop = stop
        self._messages: deque[DeliveredMessage] = deque()
        self._news = news
        self._ended: str | None = None

    async def next(self, seconds: float | None = None) -> DeliveredMessage | None:
        """The next message; None once stop is set, or after *seconds* without one.

        Raises ConnectionError when no more will come: channel closed, queue deleted.
        """
        if not self._messages and self._ended is None and not self._stop.is_set():
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return None
        if self._ended is not None:
            raise ConnectionError(self._ended)
        if self._stop.is_set() or not self._messages:
            return None
        return self._messages.popleft()

    def first(self) -> DeliveredMessage | None:
        """The next message, left where it is; ConnectionError when no more will come."""
        if self._ended is not None:
            raise ConnectionError(self._ended)
        return self._messages[0] if self._messages else None

    def waiting(self, most: int) -> list[DeliveredMessage]:
        """Up to *most* messages that are here already; ConnectionError when no more will come."""
        if self._ended is not None:
            raise ConnectionError(self._ended)
        return [self._messages.popleft() for _ in range(min(most, len(self._messages)))]

    async def acknowledge(self, message: DeliveredMessage, *, multiple: bool = False) -> None:
        """Tell the broker that *message*, with *multiple* also all before it, is done.

        On a channel that ended meanwhile nothing happens: the message comes back.
        """
        tag = message.delivery_tag
        if tag is not None and not self._channel.is_closed:
            await self._channel.basic_ack(tag, multiple=multiple, wait=False)

    async def take_in(self, message: DeliveredMessage) -> None:
        """The library's callback."""
        self._messages.append(message)
        self._news.set()

    def end(self, why: str) -> None:
        """No more will come."""
        self._ended = why
        self._news.set()

    async def watch(self) -> None:
        """Wake whoever waits when stop is set."""
        await self._stop.wait()
        self._news.set()


@asynccontextmanager
async def consuming(
    connection: AbstractConnection,
    queue: str,
    stop: asyncio.Event,
    *,
    prefetch: int,
    arguments: Mapping[str, Any] | None = None,
    news: asyncio.Event | None = None,
) -> AsyncIterator[Deliveries]:
    """Consume *queue* on a new channel, at most *prefetch* messages unacknowledged; both end with the block.

    *news* is set at each message and at the end: consumers that share one can be waited for together.
    For a stream, *arguments* say where from: ``{"x-stream-offset": "last"}``. What was delivered and not
    acknowledged goes back to its queue.
    """
    transport = connection.transport
    if transport is None:
        raise ConnectionError("the connection ended while it began")
    read_any_text()
    async with asyncio.timeout(OPEN_SECONDS):
        channel = await transport.connection.channel(publisher_confirms=False)
        deliveries = Deliveries(channel, stop, news or asyncio.Event())
        channel.closing.add_done_callback(lambda _: deliveries.end("the channel ended"))
        channel.on_consumer_cancel_callbacks.add(_ending(deliveries, queue))
        await channel.basic_qos(prefetch_count=prefetch)
        await channel.basic_consume(queue, deliveries.take_in, arguments=dict(arguments or {}))
    watching = asyncio.create_task(deliveries.watch())
    try:
        yield deliveries
    finally:
        watching.cancel()
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await channel.close()
        except CONNECTION_ERRORS:
            return  # it ended with its connection: what was unacknowledged is back in the queue already


def _ending(deliveries: Deliveries, queue: str) -> Any:
    def end(_frame: Basic.Cancel) -> None:
        deliveries.end(f"RabbitMQ ended the consumer of {queue}")

    return end
