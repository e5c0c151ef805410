"""Lines that are cut, slow or dead, and a broker that is frozen: nothing confirmed is lost, nobody hangs."""

import asyncio

import pytest

from shared import broker, confirms
from shared.broker import ConfirmedPublisher
from shared.problems import OutcomeUnknown
from tests.integration.publisher.conftest import (
    MESSAGE,
    PATIENCE_SECONDS,
    is_idle,
    is_sent,
    publishing,
    registry,
    take,
    works_again,
)
from tests.support.fault_proxy import FaultProxy
from tests.support.servers import Vhost


async def is_refused(publisher: ConfirmedPublisher) -> None:
    """Whoever publishes is told that the outcome is unknown, instead of waiting for ever."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(OutcomeUnknown):
            await publisher.publish(MESSAGE)


@pytest.mark.usefixtures("patience_seconds")
async def test_unreachable_broker_is_told_in_time_and_found_again(proxy: FaultProxy) -> None:
    """No connection is no reason to hang; the publisher reconnects by itself."""
    proxy.refuse()
    async with publishing(proxy.url) as publisher:
        await is_refused(publisher)
        assert not publisher.readiness().ok
        await proxy.accept()
        await works_again(publisher)
        await is_idle(publisher)


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
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*sending)
        missing = set(confirmed)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while missing:
                missing.discard((await arrived.get()).body)
        await is_idle(publisher)


@pytest.mark.usefixtures("patience_seconds", "no_heartbeats", "never_stuck")
async def test_frozen_broker_fills_the_window_and_no_more(
    proxy: FaultProxy, vhost: Vhost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patience ends, then callers are refused at once; what was sent still counts and arrives."""
    async with publishing(proxy.url) as publisher, registry(vhost) as arrived:
        await works_again(publisher)
        await take(arrived, 1)
        await is_idle(publisher)
        proxy.pause()
        callers = [publisher.publish(MESSAGE) for _ in range(broker.WINDOW_MESSAGES + 50)]
        async with asyncio.timeout(PATIENCE_SECONDS):
            outcomes = await asyncio.gather(*callers, return_exceptions=True)
        assert all(isinstance(outcome, OutcomeUnknown) for outcome in outcomes)
        assert publisher._channel is not None
        assert len(publisher._channel._flights) == broker.WINDOW_MESSAGES
        with monkeypatch.context() as endless:
            endless.setattr(broker, "PUBLISH_SECONDS", 3600.0)  # so that patience cannot be what ends
            await is_refused(publisher)
        assert not publisher.readiness().ok
        proxy.resume()
        await take(arrived, broker.WINDOW_MESSAGES)
        await works_again(publisher)
        await is_idle(publisher)


@pytest.mark.usefixtures("patience_seconds", "no_heartbeats")
async def test_line_that_stays_dead_is_given_up_for_a_new_one(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heartbeats notice it after half a minute; missing confirms do so sooner."""
    monkeypatch.setattr(confirms, "STUCK_SECONDS", 1.0)
    async with publishing(proxy.url) as publisher:
        await works_again(publisher)
        proxy.strand()
        await is_refused(publisher)
        await works_again(publisher)


async def test_cancelled_callers_take_no_place_with_them(proxy: FaultProxy) -> None:
    """Senders hang up; 300 of them in the middle of a publish leave the window as it was."""
    async with publishing(proxy.url) as publisher:
        await works_again(publisher)
        proxy.pause()
        callers = [asyncio.create_task(publisher.publish(MESSAGE)) for _ in range(300)]
        await asyncio.sleep(0.1)
        for caller in callers:
            caller.cancel()
        await asyncio.wait(callers)
        proxy.resume()
        await works_again(publisher)
        for _ in range(10):  # few at a time: a busy machine may need its patience for each
            await works_again(publisher, 50)
        await is_idle(publisher)


async def test_slow_line_is_slow_but_not_refused(proxy: FaultProxy) -> None:
    """A bad line with 200 ms each way still gets its confirms."""
    async with publishing(proxy.url) as publisher:
        await works_again(publisher)
        proxy.slow(0.2)
        await works_again(publisher, 20)  # one after the other they would never be confirmed in time


@pytest.mark.usefixtures("patience_seconds", "no_heartbeats", "never_stuck")
async def test_stopping_does_not_wait_for_a_broker_that_says_nothing(proxy: FaultProxy) -> None:
    """A blocked broker may stay so for hours; the process must end within the patience of its callers."""
    stop = asyncio.Event()
    publisher = ConfirmedPublisher(proxy.url, "test publish")
    running = asyncio.create_task(publisher.run(stop))
    await works_again(publisher)
    proxy.pause()
    sending = asyncio.create_task(publisher.publish(MESSAGE))
    await is_sent(publisher)
    stop.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running
    with pytest.raises(OutcomeUnknown):
        await sending
