"""A publisher that runs, a line to the broker that can fail, and what arrives behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from shared import broker, confirms, connecting
from shared.broker import ConfirmedPublisher, Message
from shared.problems import OutcomeUnknown
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.servers import Vhost
from tests.support.world import eventually

PATIENCE_SECONDS = 60.0
"""So long may a busy machine take over anything that is sure to come."""
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


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """More patience than that, where nothing is late but the machine."""
    monkeypatch.setattr(confirms, "PUBLISH_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(broker, "PUBLISH_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def no_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds a line dead has found it by what is not confirmed."""
    monkeypatch.setattr(connecting, "HEARTBEAT_SECONDS", 3600)


@pytest.fixture
def never_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line is not given up, however long nothing is confirmed."""
    monkeypatch.setattr(confirms, "STUCK_SECONDS", 3600.0)


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
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running


@asynccontextmanager
async def registry(vhost: Vhost) -> AsyncIterator[asyncio.Queue[AbstractIncomingMessage]]:
    """What arrives in the registry's live queue."""
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    connection = await aio_pika.connect(vhost.amqp_url, timeout=PATIENCE_SECONDS)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue("registry.live")
        await queue.consume(arrived.put, no_ack=True)
        yield arrived


async def take(arrived: asyncio.Queue[AbstractIncomingMessage], count: int) -> list[AbstractIncomingMessage]:
    """The next *count* messages; none may be missing."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [await arrived.get() for _ in range(count)]


async def works_again(publisher: ConfirmedPublisher, count: int = 1) -> None:
    """*count* messages are confirmed together, tried again as a sender would."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            sending = (publisher.publish(MESSAGE) for _ in range(count))
            outcomes = await asyncio.gather(*sending, return_exceptions=True)
            if not any(outcomes):
                return
            assert {type(outcome) for outcome in outcomes} <= {type(None), OutcomeUnknown}, outcomes
            await asyncio.sleep(0.05)


async def is_sent(publisher: ConfirmedPublisher) -> None:
    """Wait until something is on its way, unconfirmed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while publisher._channel is None or not publisher._channel._flights:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def is_idle(publisher: ConfirmedPublisher) -> None:
    """Wait until it is ready and every place in its window is free."""

    async def idle() -> bool:
        return publisher._window._value == broker.WINDOW_MESSAGES and publisher.readiness().ok

    await eventually(idle, "all that was sent is answered", PATIENCE_SECONDS)
