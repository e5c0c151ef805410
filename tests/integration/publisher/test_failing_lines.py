"""Lines that are cut, slow or dead, and a broker that is frozen: nothing confirmed is lost, nobody hangs."""

import asyncio
import time

import pytest

from shared import broker, confirms
from shared.broker import ConfirmedPublisher
from shared.problems import OutcomeUnknown
from tests.integration.publisher.conftest import MESSAGE, publishing, registry, take, works_again
from tests.support.fault_proxy import FaultProxy
from tests.support.servers import Vhost


async def refused_after(publisher: ConfirmedPublisher) -> float:
    """How long it took to be told that the outcome is unknown."""
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        await publisher.publish(MESSAGE)
    return time.monotonic() - began


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
