"""Looking at a queue without taking from it: what is there is held for a moment, and given back in its order.

Whoever looks while another one holds sees nothing: so everybody who looks takes a turn. On RabbitMQ 3.10 a
message that is given back counts one more delivery (its policy allows 10⁹), and only 32 go back in
their order at once: more are put into one map of Erlang's, which has none. A looker that dies gives all back
at once: nothing is lost then but the order.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage

from services.registry.queries import Connection
from shared.broker import CONNECTION_ERRORS
from shared.unmarshalling import read_any_text

LOOKING_LOCK: Final = 853_000_015
TURN_SECONDS: Final = 15.0
MOST_MESSAGES: Final = 65_535
"""As many as AMQP can have a consumer hold. What stands behind them is seen when they are gone."""
_OPEN_SECONDS: Final = 5.0
_QUIET_SECONDS: Final = 5.0
_BEAT_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.05
_IN_ORDER: Final = 32
_AT_ONCE: Final = 16 * _IN_ORDER
_TRIES: Final = 400

Visit = Callable[[DeliveredMessage], None]
Beat = Callable[[], Awaitable[object]]


class SomebodyElseLooks(Exception):  # noqa: N818 - what is so
    """Another looker has held the queue for longer than anybody should."""


class Held:
    """All that was in one queue, in its order, until the block ends."""

    def __init__(self, channel: AbstractChannel, queue: str, visit: Visit) -> None:
        self.complete = False
        self._channel = channel
        self._queue = queue
        self._visit = visit
        self._tags: dict[int, None] = {}
        self._given = 0
        self._news = asyncio.Event()
        self._ended = False

    @property
    def count(self) -> int:
        """How many messages were given."""
        return self._given

    async def take_in(self, message: DeliveredMessage) -> None:
        """The library's callback. A body that nobody keeps is gone with it."""
        self._tags[message.delivery_tag or 0] = None
        self._given += 1
        self._visit(message)
        self._news.set()

    def end(self) -> None:
        """No more will come."""
        self._ended = True
        self._news.set()

    def require(self) -> None:
        """Raise ConnectionError when nothing is held any more."""
        if self._ended:
            raise ConnectionError("the channel ended: what was held is back in its queue")

    async def read(self, expected: int, beat: Beat | None) -> None:
        """Return once *expected* messages are here, or none has come for 5 s; *beat* once a second."""
        seen, quiet_since = -1, time.monotonic()
        while self._given < expected:
            self.require()
            if self._given > seen:
                seen, quiet_since = self._given, time.monotonic()
            elif time.monotonic() - quiet_since > _QUIET_SECONDS:
                return
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_SECONDS):
                    while self._given < expected and not self._ended:
                        await self._news.wait()
                        self._news.clear()
            if beat is not None:
                await beat()
        self.require()
        self.complete = True

    async def acknowledge(self, tag: int) -> None:
        """The message of that delivery tag is done. Raises ConnectionError when it is not held any more."""
        self.require()
        if tag in self._tags:
            del self._tags[tag]
            await self._channel.basic_ack(tag, wait=False)

    async def give_back(self) -> None:
        """Return what is left to the queue, in its order."""
        tags = list(self._tags)
        self._tags.clear()
        for first in range(0, len(tags), _AT_ONCE):
            part = tags[first : first + _AT_ONCE]
            for at in range(0, len(part), _IN_ORDER):
                last = part[min(at + _IN_ORDER, len(part)) - 1]
                await self._channel.basic_nack(last, multiple=True, requeue=True, wait=False)
            # Once these are there the next ones are not put together with them. Others may take meanwhile.
            for _ in range(_TRIES):
                if await ready(self._channel, self._queue) >= first + len(part):
                    break


@asynccontextmanager
async def holding(
    connection: AbstractConnection, queue: str, visit: Visit, *, beat: Beat | None = None
) -> AsyncIterator[Held]:
    """Hold what is in *queue* by now, each message shown to *visit* in its order; the rest goes back.

    Holds no body: *visit* keeps what it needs. Raises ConnectionError when the line is lost.
    """
    transport = connection.transport
    if transport is None:
        raise ConnectionError("the connection ended while it began")
    read_any_text()
    async with asyncio.timeout(_OPEN_SECONDS):
        channel = await transport.connection.channel(publisher_confirms=False)
        held = Held(channel, queue, visit)
        channel.closing.add_done_callback(lambda _: held.end())
        channel.on_consumer_cancel_callbacks.add(lambda _: held.end())
        expected = min(await ready(channel, queue), MOST_MESSAGES)
    try:
        if expected:
            async with asyncio.timeout(_OPEN_SECONDS):
                await channel.basic_qos(prefetch_count=MOST_MESSAGES)
                tag = (await channel.basic_consume(queue, held.take_in)).consumer_tag or ""
            await held.read(expected, beat)
            async with asyncio.timeout(_OPEN_SECONDS):
                await channel.basic_cancel(tag)
        else:
            held.complete = True
        yield held
    finally:
        with suppress(*CONNECTION_ERRORS):  # after the line's end all of it is back already
            if not channel.is_closed:
                async with asyncio.timeout(TURN_SECONDS):
                    await held.give_back()
                    await channel.close()


async def ready(channel: AbstractChannel, queue: str) -> int:
    """How many messages of *queue* nobody holds."""
    return (await channel.queue_declare(queue, passive=True)).message_count or 0


@asynccontextmanager
async def turn(connection: Connection) -> AsyncIterator[None]:
    """Nobody else looks while the block lasts. Raises SomebodyElseLooks after 15 s."""
    until = time.monotonic() + TURN_SECONDS
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOOKING_LOCK):
        if time.monotonic() > until:
            raise SomebodyElseLooks
        await asyncio.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", LOOKING_LOCK)
