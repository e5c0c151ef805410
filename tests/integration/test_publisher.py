"""Publishing that is confirmed or says that it is not: against a real broker, through lines that fail."""

import asyncio
import time
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


async def refused_after(publisher: ConfirmedPublisher) -> float:
    """How long it took to be told that the outcome is unknown."""
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        await publisher.publish(MESSAGE)
    return time.monotonic() - began


async def works_again(publisher: ConfirmedPublisher, seconds: float) -> None:
    """A publish succeeds within *seconds*, tried again as a sender would."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await publisher.publish(MESSAGE)
            except OutcomeUnknown:
                await asyncio.sleep(0.05)


async def test_published_message_is_persistent_and_says_what_it_is(vhost: Vhost) -> None:
    """An operator reads type and headers; a restarted broker still has the message."""
    async with publishing(vhost.url_of("ingest")) as publisher, registry(vhost) as arrived:
        await publisher.publish(MESSAGE)
        (message,) = await take(arrived, 1)
    assert message.delivery_mode == 2
    assert message.type == MESSAGE.type
    assert message.content_type == "application/cloudevents+json"
    assert message.headers["attempt"] == 1
    assert message.timestamp is not None


async def test_batch_arrives_whole_and_in_order_with_an_id_for_each_message(vhost: Vhost) -> None:
    """Two messages with one id would get each other's confirm; a batch is more than the window."""
    messages = [MESSAGE._replace(body=b"%d" % number) for number in range(1000)]
    async with publishing(vhost.url_of("ingest")) as publisher, registry(vhost) as arrived:
        await publisher.publish_all(messages)
        found = await take(arrived, len(messages))
    assert [message.body for message in found] == [message.body for message in messages]
    assert len({message.message_id for message in found}) == len(messages)


@pytest.mark.parametrize("size", [0, 1, 131_063, 131_064, 131_065, 262_144, 400_000])
async def test_body_of_any_size_arrives_unchanged(vhost: Vhost, size: int) -> None:
    """Bodies are cut into frames by us: around the frame's size is where that goes wrong."""
    body = bytes(number % 251 for number in range(size))
    async with publishing(vhost.url_of("ingest")) as publisher, registry(vhost) as arrived:
        await publisher.publish(MESSAGE._replace(body=body))
        await publisher.publish(MESSAGE)
        first, second = await take(arrived, 2)
    assert first.body == body
    assert second.body == MESSAGE.body


async def test_unroutable_message_is_not_taken_for_published(vhost: Vhost) -> None:
    """A queue that lost its binding must be a 503, not a 202; the channel goes on working."""
    async with publishing(vhost.amqp_url) as publisher, registry(vhost) as arrived:
        lost = publisher.publish(MESSAGE._replace(exchange="", routing_key="nobody"))
        kept = publisher.publish(MESSAGE)
        outcomes = await asyncio.gather(lost, kept, return_exceptions=True)
        await take(arrived, 1)
    assert isinstance(outcomes[0], OutcomeUnknown)
    assert outcomes[1] is None


async def test_missing_exchange_ends_the_channel_and_it_comes_back(vhost: Vhost) -> None:
    """The broker closes a channel for such a mistake; whoever publishes next must not pay for it for long."""
    async with publishing(vhost.url_of("ingest")) as publisher:
        await works_again(publisher, 20)
        with pytest.raises(OutcomeUnknown):
            await publisher.publish(MESSAGE._replace(exchange="no such exchange"))
        await works_again(publisher, 20)


async def test_unreachable_broker_is_told_in_time_and_found_again(
    proxy: FaultProxy, patience_seconds: float
) -> None:
    """No connection is no reason to hang; the publisher reconnects by itself."""
    proxy.refuse()
    async with publishing(proxy.url) as publisher:
        assert await refused_after(publisher) < 3 * patience_seconds
        assert not publisher.readiness().ok
        await proxy.accept()
        await works_again(publisher, 8)
        assert publisher.readiness().ok


async def test_thirty_cut_connections_lose_no_confirmed_message(proxy: FaultProxy, vhost: Vhost) -> None:
    """What was confirmed is there, however often the line breaks in the middle of it."""
    confirmed: list[bytes] = []

    async def send(worker: int) -> None:
        for number in range(60):
            body = b"%d/%d" % (worker, number)
            while True:
                try:
                    await publisher.publish(MESSAGE._replace(body=body))
                except OutcomeUnknown:
                    await asyncio.sleep(0.01)
                else:
                    break
            confirmed.append(body)

    async with publishing(proxy.url) as publisher, registry(vhost) as arrived:
        sending = [asyncio.create_task(send(worker)) for worker in range(20)]
        for _ in range(30):
            await asyncio.sleep(0.05)
            proxy.cut()
        async with asyncio.timeout(30):
            await asyncio.gather(*sending)
        missing = set(confirmed)
        async with asyncio.timeout(10):
            while missing:
                missing.discard((await arrived.get()).body)
        assert publisher._window._value == broker.WINDOW_MESSAGES


async def test_frozen_broker_fills_the_window_and_no_more(proxy: FaultProxy, vhost: Vhost) -> None:
    """Patience ends after 5 s, then callers are refused at once; what was sent still counts and arrives."""
    async with publishing(proxy.url) as publisher, registry(vhost) as arrived:
        await publisher.publish(MESSAGE)
        await take(arrived, 1)
        proxy.pause()
        began = time.monotonic()
        callers = [publisher.publish(MESSAGE) for _ in range(broker.WINDOW_MESSAGES + 50)]
        outcomes = await asyncio.gather(*callers, return_exceptions=True)
        assert time.monotonic() - began < 2 * broker.PUBLISH_SECONDS
        assert all(isinstance(outcome, OutcomeUnknown) for outcome in outcomes)
        assert publisher._channel is not None
        assert len(publisher._channel._flights) == broker.WINDOW_MESSAGES
        assert await refused_after(publisher) < broker.PUBLISH_SECONDS / 2
        assert not publisher.readiness().ok
        proxy.resume()
        await take(arrived, broker.WINDOW_MESSAGES)
        await works_again(publisher, 20)
        assert publisher.readiness().ok
        assert publisher._window._value == broker.WINDOW_MESSAGES


async def test_line_that_stays_dead_is_given_up_for_a_new_one(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, patience_seconds: float
) -> None:
    """Heartbeats notice it after half a minute; missing confirms do so sooner."""
    monkeypatch.setattr(confirms, "STUCK_SECONDS", 1.0)
    async with publishing(proxy.url) as publisher:
        await works_again(publisher, 20)
        proxy.strand()
        assert await refused_after(publisher) < 3 * patience_seconds
        await works_again(publisher, broker.CLOSE_SECONDS + broker.HEARTBEAT_SECONDS)


async def test_cancelled_callers_take_no_place_with_them(proxy: FaultProxy) -> None:
    """Senders hang up; 300 of them in the middle of a publish leave the window as it was."""
    async with publishing(proxy.url) as publisher:
        await works_again(publisher, 20)
        proxy.pause()
        callers = [asyncio.create_task(publisher.publish(MESSAGE)) for _ in range(300)]
        await asyncio.sleep(0.1)
        for caller in callers:
            caller.cancel()
        await asyncio.wait(callers)
        proxy.resume()
        await works_again(publisher, 20)
        for _ in range(10):  # few at a time: a busy machine may need its patience for each
            await asyncio.gather(*(publisher.publish(MESSAGE) for _ in range(50)))
        assert publisher._window._value == broker.WINDOW_MESSAGES


async def test_slow_line_is_slow_but_not_refused(proxy: FaultProxy) -> None:
    """A bad line with 200 ms each way still gets its confirms."""
    async with publishing(proxy.url) as publisher:
        await works_again(publisher, 20)
        proxy.slow(0.2)
        await asyncio.gather(*(publisher.publish(MESSAGE) for _ in range(20)))


async def test_stopping_waits_for_what_is_unconfirmed(proxy: FaultProxy, vhost: Vhost) -> None:
    """SIGTERM in the middle of a publish is no reason to leave its sender in doubt."""
    async with registry(vhost) as arrived:
        async with publishing(proxy.url) as publisher:
            await works_again(publisher, 20)
            proxy.slow(0.3)
            sending = asyncio.create_task(publisher.publish(MESSAGE))
            await asyncio.sleep(0.05)
        await sending
        await take(arrived, 2)


async def test_answer_comes_back_to_whoever_asked(vhost: Vhost) -> None:
    """Direct reply-to: each of many askers gets its own answer, and none for what nobody answers."""
    async with publishing(vhost.url_of("ingest"), replies=True) as publisher:
        asking = [
            asyncio.create_task(publisher.ask(MESSAGE._replace(body=b"%d" % number), 5))
            for number in range(20)
        ]
        connection = await aio_pika.connect(vhost.url_of("registry"), timeout=5)
        async with connection:
            channel = await connection.channel()
            queue = await channel.get_queue("registry.live", ensure=False)

            async def answer(message: AbstractIncomingMessage) -> None:
                reply = aio_pika.Message(b"re " + message.body, correlation_id=message.correlation_id)
                await channel.default_exchange.publish(reply, message.reply_to or "", mandatory=False)

            tag = await queue.consume(answer, no_ack=True)
            answers = await asyncio.gather(*asking)
            await queue.cancel(tag)
            assert answers == [b"re %d" % number for number in range(20)]
            assert await publisher.ask(MESSAGE, 0.3) is None
        assert not publisher._answers


async def test_ending_process_lets_nobody_wait_for_an_answer(vhost: Vhost) -> None:
    """What was published is accepted; whoever waited for more is told so at once."""
    async with publishing(vhost.url_of("ingest"), replies=True) as publisher:
        confirmed = asyncio.Event()
        asking = asyncio.create_task(publisher.ask(MESSAGE, 30, confirmed.set))
        await confirmed.wait()
        publisher.hurry()
        async with asyncio.timeout(10):
            assert await asking is None
            assert await publisher.ask(MESSAGE, 30) is None


async def test_lost_connection_ends_the_wait_for_an_answer(proxy: FaultProxy) -> None:
    """The answer would go to a channel that is no more: say "not yet known" at once, not after 30 s."""
    async with publishing(proxy.url, replies=True) as publisher:
        await works_again(publisher, 20)
        confirmed = asyncio.Event()
        asking = asyncio.create_task(publisher.ask(MESSAGE, 30, confirmed.set))
        await confirmed.wait()
        proxy.cut()
        async with asyncio.timeout(10):
            assert await asking is None


async def test_stopping_does_not_wait_for_a_broker_that_says_nothing(
    proxy: FaultProxy, patience_seconds: float
) -> None:
    """A blocked broker may stay so for hours; the process must end within the patience of its callers."""
    stop = asyncio.Event()
    publisher = ConfirmedPublisher(proxy.url, "test publish")
    running = asyncio.create_task(publisher.run(stop))
    await works_again(publisher, 20)
    proxy.pause()
    sending = asyncio.create_task(publisher.publish(MESSAGE))
    await asyncio.sleep(0.1)
    stop.set()
    async with asyncio.timeout(2 * (patience_seconds + 2 * broker.CLOSE_SECONDS)):
        await running
    with pytest.raises(OutcomeUnknown):
        await sending
