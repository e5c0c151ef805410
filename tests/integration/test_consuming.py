"""Connections that come back, and consumers that know when they ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import aio_pika
import aiohttp
import pytest
from aio_pika.abc import AbstractConnection

from shared import connecting
from shared.broker import ConfirmedPublisher, Message, keep_connected
from shared.consuming import Deliveries, consuming
from shared.lifecycle import READY, Readiness
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.servers import Vhost

QUEUE = "registry.live"


@pytest.fixture
async def proxy(vhost: Vhost) -> AsyncIterator[FaultProxy]:
    """A line to the broker that can fail."""
    async with fault_proxy(vhost.amqp_url) as found:
        yield found


@asynccontextmanager
async def consumer(url: str, stop: asyncio.Event, *, prefetch: int = 10) -> AsyncIterator[Deliveries]:
    """A consumer of the live queue."""
    connection = await aio_pika.connect(url, timeout=60)
    async with connection, consuming(connection, QUEUE, stop, prefetch=prefetch) as deliveries:
        yield deliveries


async def fill(vhost: Vhost, count: int) -> None:
    """Put *count* messages into the live queue, numbered from 0."""
    stop = asyncio.Event()
    publisher = ConfirmedPublisher(vhost.url_of("ingest"), "test fill")
    running = asyncio.create_task(publisher.run(stop))
    key = "live.3106200.agreement.signed"
    await publisher.publish_all([Message("notices", key, b"%d" % number) for number in range(count)])
    stop.set()
    await running


async def taken(deliveries: Deliveries, count: int) -> list[bytes]:
    """The bodies of the next *count* messages."""
    found: list[bytes] = []
    while len(found) < count:
        message = await deliveries.next(60)
        assert message is not None
        found.append(message.body)
    return found


async def test_messages_come_in_order_and_no_more_than_the_prefetch(vhost: Vhost) -> None:
    """What nobody took in hand yet is bounded, and comes back when the consumer ends."""
    await fill(vhost, 15)
    for _ in range(2):
        async with consumer(vhost.amqp_url, asyncio.Event()) as deliveries:
            assert await taken(deliveries, 10) == [b"%d" % number for number in range(10)]
            assert await deliveries.next(0.2) is None
            assert deliveries.waiting(5) == []


STRANGE = {
    "a date beyond all years": '{"timestamp": 18446744073709551615}',
    "headers nested without end": '{"headers": ' + '{"a": ' * 3_000 + "1" + "}" * 3_001,
}


@pytest.mark.parametrize("kind", STRANGE)
async def test_properties_that_python_cannot_hold_end_no_connection(vhost: Vhost, kind: str) -> None:
    """RabbitMQ's own page lets anybody with rights write them: the message is taken, and the one after it."""
    url = f"{vhost.management_url}/api/exchanges/{quote(vhost.name, safe='')}/amq.default/publish"
    async with aiohttp.ClientSession() as http:
        for body, properties in (("strange", STRANGE[kind]), ("next", "{}")):
            told = (
                f'{{"routing_key": "{QUEUE}", "payload": "{body}", "payload_encoding": "string",'
                f' "properties": {properties}}}'
            )
            async with http.post(url, data=told) as answer:
                assert await answer.json() == {"routed": True}
    async with consumer(vhost.amqp_url, asyncio.Event()) as deliveries:
        assert await taken(deliveries, 2) == [b"strange", b"next"]


async def test_acknowledged_prefix_does_not_come_back(vhost: Vhost) -> None:
    """One acknowledgement settles all before it; the rest is delivered again."""
    await fill(vhost, 10)
    async with consumer(vhost.amqp_url, asyncio.Event()) as deliveries:
        first = await deliveries.next(60)
        assert first is not None
        rest = deliveries.waiting(100)
        while len(rest) < 9:
            rest += deliveries.waiting(100)
            await asyncio.sleep(0.01)
        await deliveries.acknowledge(rest[5], multiple=True)
        await asyncio.sleep(0.1)
    async with consumer(vhost.amqp_url, asyncio.Event()) as deliveries:
        assert await taken(deliveries, 3) == [b"7", b"8", b"9"]


async def test_stop_wakes_whoever_waits(vhost: Vhost) -> None:
    """An idle consumer ends at once, not with the next message."""
    stop = asyncio.Event()
    async with consumer(vhost.amqp_url, stop) as deliveries:
        waiting = asyncio.create_task(deliveries.next())
        await asyncio.sleep(0.1)
        stop.set()
        async with asyncio.timeout(60):
            assert await waiting is None


async def test_consumer_that_the_broker_ended_says_so(vhost: Vhost) -> None:
    """A deleted queue would otherwise look like a quiet one, for ever."""
    async with consumer(vhost.amqp_url, asyncio.Event()) as deliveries:
        connection = await aio_pika.connect(vhost.amqp_url, timeout=60)
        async with connection:
            channel = await connection.channel()
            await channel.queue_delete(QUEUE)
        with pytest.raises(ConnectionError, match=r"registry\.live"):
            await deliveries.next(60)


async def test_cut_line_ends_the_consumer_and_late_acknowledgements_are_harmless(
    vhost: Vhost, proxy: FaultProxy
) -> None:
    """What was in hand is delivered again; acknowledging it on the old line must not raise."""
    await fill(vhost, 1)
    async with consumer(proxy.url, asyncio.Event()) as deliveries:
        message = await deliveries.next(60)
        assert message is not None
        proxy.cut()
        with pytest.raises(ConnectionError):
            await deliveries.next(60)
        await deliveries.acknowledge(message)


async def test_session_runs_again_after_every_cut(proxy: FaultProxy) -> None:
    """Thirty lost lines in a row, thirty sessions; the state is told each time."""
    sessions = 0
    states: list[Readiness] = []
    began = asyncio.Event()

    async def session(_connection: AbstractConnection, stop: asyncio.Event) -> None:
        nonlocal sessions
        sessions += 1
        states.append(READY)
        began.set()
        await stop.wait()

    stop = asyncio.Event()
    running = asyncio.create_task(keep_connected(proxy.url, "test", session, stop, states.append))
    for _ in range(5):
        async with asyncio.timeout(60):
            await began.wait()
        began.clear()
        proxy.cut()
    async with asyncio.timeout(60):
        await began.wait()
    stop.set()
    await running
    assert sessions == 6
    assert [state.ok for state in states] == [True, False] * 5 + [True]


async def test_a_line_that_ends_while_it_is_set_up_is_tried_again(vhost: Vhost) -> None:
    """The library then rejects what waits for an answer with a bare Exception."""
    stop, begun = asyncio.Event(), 0

    async def session(_connection: AbstractConnection, _stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise Exception  # noqa: TRY002 (it is what the library raises)
        stop.set()

    async with asyncio.timeout(60):
        await keep_connected(vhost.amqp_url, "test", session, stop, lambda _: None)
    assert begun == 2


@pytest.mark.parametrize("fault", [LookupError, RuntimeError, RecursionError])
async def test_fault_of_our_own_is_not_taken_for_a_lost_line(vhost: Vhost, fault: type[Exception]) -> None:
    """Reconnecting for ever over a mistake in the code would hide it; the library raises RuntimeError too."""

    async def session(_connection: AbstractConnection, _stop: asyncio.Event) -> None:
        raise fault("a fault of ours")

    with pytest.raises(fault):
        await keep_connected(vhost.amqp_url, "test", session, asyncio.Event(), lambda _: None)


async def test_broker_that_accepts_and_says_nothing_is_given_up(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen broker still has a listening kernel: connecting has a deadline of its own."""
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.3)
    told = asyncio.Event()
    proxy.pause()
    stop = asyncio.Event()

    async def session(_connection: AbstractConnection, _stop: asyncio.Event) -> None:
        pytest.fail("nobody answered")

    running = asyncio.create_task(keep_connected(proxy.url, "test", session, stop, lambda _: told.set()))
    async with asyncio.timeout(60):
        await told.wait()
    stop.set()
    async with asyncio.timeout(60):
        await running


async def test_stop_ends_the_pause_between_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a process that only waits itself."""
    monkeypatch.setattr(connecting, "BACKOFF_SECONDS", (600.0, 600.0))
    stop, failed = asyncio.Event(), asyncio.Event()

    async def session(_connection: AbstractConnection, _stop: asyncio.Event) -> None:
        pytest.fail("there is nobody")

    url = "amqp://127.0.0.1:1/"
    running = asyncio.create_task(keep_connected(url, "test", session, stop, lambda _: failed.set()))
    async with asyncio.timeout(60):
        await failed.wait()
        stop.set()
        await running
