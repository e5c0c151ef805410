"""How many live notices wait for the registry, seen twice a second: RabbitMQ's own counts are seconds old.

AMQP tells what is ready, and how many consume. While a registry consumes and something is left over, it has
its hands full: what is there counts, too.
"""

import asyncio
from typing import Final

import aiormq
from aio_pika.abc import AbstractConnection

from shared.broker import keep_connected, sleep
from shared.lifecycle import READY, Readiness

LIVE: Final = "registry.live"
LOOK_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 5.0
IN_HAND_MESSAGES: Final = 2_000
"""What the registry takes in hand (its intake)."""


class QueueLook:
    """Looks at the queue over a connection of its own: a question that fails must not end a publisher's."""

    name = "ingest.queue"

    def __init__(self, amqp_url: str) -> None:
        self._url = amqp_url
        self._waiting = 0

    def waiting_messages(self) -> int:
        """How many, when last seen, 0 without a connection; only whose notices go first depends on it."""
        return self._waiting

    def readiness(self) -> Readiness:
        """Ready: without it notices are accepted as ever."""
        return READY

    async def run(self, stop: asyncio.Event) -> None:
        """Look until *stop*."""
        await keep_connected(self._url, "malha-ingest look", self._session, stop, lambda _: None)

    async def _session(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        transport = connection.transport
        if transport is None:
            raise ConnectionError("the connection ended while it began")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                channel = await transport.connection.channel(publisher_confirms=False)
            while not stop.is_set():
                async with asyncio.timeout(ANSWER_SECONDS):
                    found = await channel.queue_declare(LIVE, passive=True)
                ready = found.message_count or 0
                in_hand = IN_HAND_MESSAGES if ready and found.consumer_count else 0
                self._waiting = ready + in_hand
                await sleep(LOOK_SECONDS, stop)
        except aiormq.exceptions.AMQPError as error:  # no such queue: it may come back
            raise ConnectionError(str(error)) from error
        finally:
            self._waiting = 0
