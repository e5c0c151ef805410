"""A publisher that runs, a line to the broker that can fail, and what arrives behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from shared import broker, confirms
from shared.broker import ConfirmedPublisher, Message
from shared.problems import OutcomeUnknown
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.servers import Vhost

MESSAGE = Message(
    "notices", "live.3106200.agreement.signed", b"{}", {"attempt": 1}, "br.malha.agreement.signed.v1"
)


@pytest.fixture
async def proxy(vhost: Vhost) -> AsyncIterator[FaultProxy]:
    """A line to the broker that can fail."""
    async with fault_proxy(vhost.url_of("ingest")) as found:
        yield found


@pytest.fixture
def patience_seconds(monkeypatch: pytest.MonkeyPatch) -> float:
    """Less patience than the 5 s of the contract, where a test does not need all of it."""
    monkeypatch.setattr(confirms, "PUBLISH_SECONDS", 1.0)
    monkeypatch.setattr(broker, "PUBLISH_SECONDS", 1.0)
    return 1.0


@asynccontextmanager
async def publishing(url: str, *, replies: bool = False) -> AsyncIterator[ConfirmedPublisher]:
    """A running publisher."""
    publisher = ConfirmedPublisher(url, "test publish", replies=replies)
    stop = asyncio.Event()
    running = asyncio.create_task(publisher.run(stop))
    try:
        yield publisher
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await running


@asynccontextmanager
async def registry(vhost: Vhost) -> AsyncIterator[asyncio.Queue[AbstractIncomingMessage]]:
    """What arrives in the registry's live queue."""
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    connection = await aio_pika.connect(vhost.amqp_url, timeout=5)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue("registry.live")
        await queue.consume(arrived.put, no_ack=True)
        yield arrived


async def take(arrived: asyncio.Queue[AbstractIncomingMessage], count: int) -> list[AbstractIncomingMessage]:
    """The next *count* messages; none may be missing, within 10 s."""
    async with asyncio.timeout(10):
        return [await arrived.get() for _ in range(count)]


async def works_again(publisher: ConfirmedPublisher, seconds: float) -> None:
    """A publish succeeds within *seconds*, tried again as a sender would."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await publisher.publish(MESSAGE)
            except OutcomeUnknown:
                await asyncio.sleep(0.05)
