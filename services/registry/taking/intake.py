"""What the broker has handed over and nobody has taken yet: live notices first, history after them.

Within a queue each member has its turn: one that told a thousand notices delays its own, not its neighbour's.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage

from services.registry.taking.returning import Returning
from shared.broker import CONNECTION_ERRORS
from shared.unmarshalling import read_any_text

LIVE: Final = "registry.live"
BACKFILL: Final = "registry.backfill"
PREFETCH_MESSAGES: Final = 2_000
"""Among so many the turns are fair; from about there on ingest sends a flood by the other queue."""
HISTORY_PREFETCH_MESSAGES: Final = 500
BATCH_MESSAGES: Final = 250
"""Less than the prefetch, so that the next messages travel while a batch is being registered."""
SHORT_MESSAGES: Final = 100
"""A batch is what a neighbour's live notice may have to wait for: a tenth slower, and over twice as soon."""
QUIET_SECONDS: Final = 1.0
"""After so long without a live notice nobody waits, and history goes in batches as large as any."""
OPEN_SECONDS: Final = 5.0
DRAIN_SECONDS: Final = 8.0
"""So long is what is here worked off once no more is asked for; what is left then goes back to its queue.

Well within the time that a process has to end: two thousand that came before, one by one, may take longer.
"""


class Queued:
    """One home queue's consumer, with a channel of its own."""

    def __init__(
        self,
        name: str,
        channel: AbstractChannel,
        news: asyncio.Event,
        prefetch: int,
        returning: Returning,
    ) -> None:
        """*prefetch* messages are here at once; *returning* tells which of them are suspect."""
        self.name = name
        self.ended = False
        self._prefetch = prefetch
        self._turns: dict[str, deque[DeliveredMessage]] = {}
        self._was_cut = False
        self._is_suspect = returning.is_suspect
        self._unacknowledged: deque[DeliveredMessage] = deque()
        self._done: set[int | None] = set()
        self._channel = channel
        self._news = news
        self._tag = ""

    async def consume(self) -> None:
        """Ask for messages; without such a queue the channel ends."""
        self._channel.closing.add_done_callback(lambda _: self._end())
        self._channel.on_consumer_cancel_callbacks.add(lambda _: self._end())
        await self._channel.basic_qos(prefetch_count=self._prefetch)
        self._tag = (await self._channel.basic_consume(self.name, self._take_in)).consumer_tag or ""

    async def stop(self) -> None:
        """Ask for no more; what is here stays."""
        await self._channel.basic_cancel(self._tag)

    async def close(self) -> None:
        """Give back to the queue what is not acknowledged."""
        await self._channel.close()

    async def acknowledge(self, messages: Iterable[DeliveredMessage]) -> None:
        """*messages* are done. After the channel's end nothing happens: it all comes back.

        Acknowledged is what is done without a gap, all of it at once: a message that had its turn before
        older ones waits for them.
        """
        if self._channel.is_closed:
            return
        self._done.update(message.delivery_tag for message in messages)
        last = None
        while self._unacknowledged and self._unacknowledged[0].delivery_tag in self._done:
            last = self._unacknowledged.popleft().delivery_tag
            self._done.remove(last)
        if last is not None:
            await self._channel.basic_ack(last, multiple=True, wait=False)

    def held(self) -> Iterable[DeliveredMessage]:
        """What is not acknowledged, and goes back to the queue if the channel ends now."""
        return self._unacknowledged

    def has_messages(self) -> bool:
        """Whether some wait to be taken."""
        return bool(self._turns)

    def batch(self, most: int) -> "Batch":
        """The next messages, *most* at most, to be handled together: a suspect one is handled alone.

        One of each member, in turn; those of a member in their order. What a last member would fill up
        alone is left to the next batch, and what the others told goes at once. Never twice in a row: the last
        one has had as few turns as they, and must not fall behind for as long as they go on.
        """
        taken: list[DeliveredMessage] = []
        is_suspect = is_cut = False
        may_be_cut = len(self._turns) > 1 and not self._was_cut
        while self._turns and len(taken) < most and not is_suspect:
            member, waiting = next(iter(self._turns.items()))
            is_suspect = self._is_suspect(waiting[0])
            if taken and is_suspect:
                is_suspect = False
                break
            is_cut = may_be_cut and len(self._turns) == 1 and len(taken) + len(waiting) > most
            if is_cut:
                break
            taken.append(waiting.popleft())
            del self._turns[member]
            if waiting:
                self._turns[member] = waiting  # to the end of the row
        self._was_cut = is_cut
        return Batch(self, taken, has_more=bool(self._turns), is_suspect=is_suspect)

    def take_in(self, message: DeliveredMessage) -> None:
        """Keep *message* until its turn comes."""
        member = (message.header.properties.headers or {}).get("member")
        self._turns.setdefault(member if isinstance(member, str) else "", deque()).append(message)
        self._unacknowledged.append(message)
        self._news.set()

    # Only kept for later: the library cancels its callbacks when the connection drops.
    async def _take_in(self, message: DeliveredMessage) -> None:
        self.take_in(message)

    def _end(self) -> None:
        self.ended = True
        self._news.set()


class Batch(NamedTuple):
    """Messages of one queue, none of them acknowledged: those whose turn it is, or a suspect alone."""

    queue: Queued
    messages: list[DeliveredMessage]
    has_more: bool
    is_suspect: bool


class Intake:
    """Both home queues, on one connection."""

    def __init__(
        self, live: Queued, history: Queued, news: asyncio.Event, batch_messages: int = BATCH_MESSAGES
    ) -> None:
        """*news* is set by both queues; a batch holds *batch_messages* at most."""
        self._queues = (live, history)
        self._long, self._short = batch_messages, min(batch_messages, SHORT_MESSAGES)
        self._news = news
        self._stopped = False
        self._live_at = -math.inf
        self._patient_until = math.inf

    @property
    def ended(self) -> bool:
        """No more will come, and what is here cannot be acknowledged: channel closed, queue deleted."""
        return any(queue.ended for queue in self._queues)

    async def next(self) -> Batch | None:
        """The next batch; None when the intake was stopped, and what is here is taken or the time is over.

        Raises ConnectionError when the intake has ended.
        """
        while True:
            if self.ended:
                raise ConnectionError("the channel ended")
            if time.monotonic() >= self._patient_until:
                return None
            live, history = self._queues
            if live.has_messages():
                self._live_at = time.monotonic()
                return live.batch(self._short)
            if history.has_messages():
                is_quiet = time.monotonic() - self._live_at > QUIET_SECONDS
                return history.batch(self._long if is_quiet else self._short)
            if self._stopped:
                return None
            self._news.clear()
            await self._news.wait()

    async def stop_when(self, stop: asyncio.Event) -> None:
        """Ask for no more messages once *stop* is set."""
        await stop.wait()
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                for queue in self._queues:
                    await queue.stop()
        finally:
            self._stopped = True
            self._patient_until = time.monotonic() + DRAIN_SECONDS
            self._news.set()


@asynccontextmanager
async def open_intake(
    connection: AbstractConnection,
    stop: asyncio.Event,
    returning: Returning,
    batch_messages: int = BATCH_MESSAGES,
) -> AsyncIterator[Intake]:
    """Consume both home queues until *stop* is set; what is unacknowledged at the end goes back to them.

    *returning* outlives the line, and is told what goes back.
    """
    transport = connection.transport
    if transport is None:
        raise ConnectionError("the connection ended while it began")
    read_any_text()
    news = asyncio.Event()
    async with asyncio.timeout(OPEN_SECONDS):
        queues = [
            Queued(
                name,
                await transport.connection.channel(publisher_confirms=False),
                news,
                prefetch,
                returning,
            )
            for name, prefetch in ((LIVE, PREFETCH_MESSAGES), (BACKFILL, HISTORY_PREFETCH_MESSAGES))
        ]
        for queue in queues:
            await queue.consume()
    live, history = queues
    intake = Intake(live, history, news, batch_messages)
    stopping = asyncio.create_task(intake.stop_when(stop))
    try:
        yield intake
    finally:
        stopping.cancel()
        returning.keep(message for queue in queues for message in queue.held())
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                for queue in queues:
                    await queue.close()
        except CONNECTION_ERRORS:
            pass  # it ended with its connection: what was unacknowledged is back in its queue already
