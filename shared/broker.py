"""RabbitMQ: connections that come back by themselves; publishing that is confirmed, or says that it is not.

Publishing and consuming use separate connections, because an alarm blocks whole connections.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel

from shared import metrics
from shared.confirms import PUBLISH_SECONDS, ConfirmingChannel
from shared.connecting import (
    CLOSE_SECONDS,
    CONNECT_SECONDS,
    CONNECTION_ERRORS,
    HEARTBEAT_SECONDS,
    Session,
    connected,
    is_of_the_line,
    keep_connected,
    sleep,
)
from shared.frames import Message
from shared.lifecycle import READY, Readiness
from shared.problems import OutcomeUnknown

__all__ = [
    "CLOSE_SECONDS",
    "CONNECTION_ERRORS",
    "HEARTBEAT_SECONDS",
    "PUBLISH_SECONDS",
    "ConfirmedPublisher",
    "Message",
    "Session",
    "connected",
    "is_of_the_line",
    "keep_connected",
    "sleep",
]

log = structlog.get_logger()

WINDOW_MESSAGES = 256
REPLY_TO = "amq.rabbitmq.reply-to"


class ConfirmedPublisher:
    """Publishes on a connection of its own; every publish ends confirmed or as OutcomeUnknown within 5 s.

    At most 256 messages are unconfirmed at a time. A place in this window is given back by the broker's
    answer or by the end of the channel, never by our own patience: a blocked broker cannot make memory grow.
    While the oldest unconfirmed message is late, callers are refused at once.

    With ``replies=True`` the channel also listens on RabbitMQ's direct reply-to, for ``ask``.
    """

    def __init__(self, url: str, name: str, *, replies: bool = False, window: int = WINDOW_MESSAGES) -> None:
        """*name* is shown in RabbitMQ's management and in readiness, e.g. ``malha-ingest publish``."""
        self.name = name
        self._url = url
        self._replies = replies
        self._state = Readiness(ok=False, detail="RabbitMQ: not connected yet")
        self._channel: ConfirmingChannel | None = None
        self._connected = asyncio.Event()
        self._window = asyncio.Semaphore(window)
        self._hurried = False
        self._answers: dict[str, asyncio.Future[bytes | None]] = {}
        self._confirmed = metrics.PUBLISHED.labels(name, "confirmed")
        self._unknown = metrics.PUBLISHED.labels(name, "unknown")
        self._seconds = metrics.PUBLISH_SECONDS.labels(name)

    def late_seconds(self) -> float:
        """How long the oldest unconfirmed message has waited; without a connection nothing does."""
        return self._channel.oldest_seconds() if self._channel is not None else 0.0

    def readiness(self) -> Readiness:
        """Ready while connected and answered in time."""
        if self._channel is not None and self._channel.late():
            return Readiness(ok=False, detail="RabbitMQ: connected, but does not confirm (blocked?)")
        return self._state

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the connection until *stop*; then wait for what is unconfirmed."""
        await keep_connected(self._url, self.name, self._session, stop, self._on_state)

    async def publish(self, message: Message) -> None:
        """Publish *message*; return when a quorum has it, raise OutcomeUnknown otherwise, within 5 s."""
        await self.publish_all((message,))

    async def publish_all(self, messages: Sequence[Message]) -> None:
        """Publish *messages* in order; return when all are confirmed, raise OutcomeUnknown if one is not.

        Cancelling the caller leaves nothing behind: what was sent is sent, and is accounted for.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        until = began + PUBLISH_SECONDS
        sent: list[asyncio.Future[Any]] = []
        pending: set[asyncio.Future[Any]] = set()
        try:
            for message in messages:
                channel = await self._place(until)
                sent.append(channel.send(message))
            if sent:
                # It leaves the futures alone when time is up: they also stand for places in the window.
                _, pending = await asyncio.wait(sent, timeout=until - loop.time())
        except TimeoutError:
            pending.update(sent)
        if pending or len(sent) < len(messages):
            self._unknown.inc(len(messages))
            raise OutcomeUnknown
        for confirmation in sent:
            if (error := confirmation.exception()) is not None:
                self._unknown.inc(len(messages))
                log.warning("publish_unconfirmed", publisher=self.name, why=type(error).__name__)
                raise OutcomeUnknown from None
        self._confirmed.inc(len(messages))
        self._seconds.observe(loop.time() - began)

    async def ask(
        self, message: Message, seconds: float, on_confirmed: Callable[[], None] = lambda: None
    ) -> bytes | None:
        """Publish *message*, call *on_confirmed*, wait up to *seconds* for the answer; None when none came.

        Raises OutcomeUnknown if the message is not confirmed. The answer is lost with the connection.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        correlation_id = os.urandom(16).hex()
        answer: asyncio.Future[bytes | None] = loop.create_future()
        self._answers[correlation_id] = answer
        try:
            await self.publish(message._replace(correlation_id=correlation_id, reply_to=REPLY_TO))
            on_confirmed()
            if self._hurried:
                return None
            async with asyncio.timeout_at(until):
                return await answer
        except TimeoutError:
            return None
        finally:
            del self._answers[correlation_id]

    def hurry(self) -> None:
        """Let nobody wait for an answer any longer: the process is ending."""
        self._hurried = True
        self._give_up_answers()

    def _give_up_answers(self) -> None:
        for answer in self._answers.values():
            _answer(answer, None)

    async def _place(self, until: float) -> ConfirmingChannel:
        """A channel to write to, with one place of the window taken; TimeoutError at *until*."""
        channel = self._channel
        if channel is not None and not channel.late() and not self._window.locked():
            await self._window.acquire()  # at once, so that no timer is needed
            return channel
        async with asyncio.timeout_at(until):
            while True:
                await self._connected.wait()
                channel = self._channel
                if channel is None:
                    continue
                if channel.late():
                    raise TimeoutError
                await self._window.acquire()
                if channel is self._channel:
                    return channel
                self._window.release()

    def _on_state(self, state: Readiness) -> None:
        self._state = state

    async def _session(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        transport = connection.transport
        if transport is None:
            raise ConnectionError("the connection ended while it began")
        async with asyncio.timeout(CONNECT_SECONDS):
            plain = await transport.connection.channel(publisher_confirms=True, on_return_raises=True)
            if not isinstance(plain, Channel):
                raise TypeError("aiormq has another kind of channel now")
            if self._replies:
                await plain.basic_consume(REPLY_TO, self._on_answer, no_ack=True)
        channel = ConfirmingChannel(plain, self._window.release, self.name)
        self._channel = channel
        self._connected.set()
        self._on_state(READY)
        try:
            await channel.run(stop)
        finally:
            self._connected.clear()
            self._channel = None
            channel.abandon()
            self._give_up_answers()

    async def _on_answer(self, message: DeliveredMessage) -> None:
        answer = self._answers.get(message.header.properties.correlation_id or "")
        if answer is not None:
            _answer(answer, message.body)


def _answer(waiting: asyncio.Future[bytes | None], body: bytes | None) -> None:
    if not waiting.done():
        waiting.set_result(body)
