"""What the stream does to the notifier: duplicates, disorder, holes, lost connections, lost streams."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from services.notifier import intake as intake_module
from services.notifier.feed import Ring
from shared.broker import ConfirmedPublisher, Message
from shared.notices.canary import Canary
from tests.integration.notifier.conftest import Keys, Publish, notifier_on
from tests.support.broker import lose_queue
from tests.support.fault_proxy import fault_proxy
from tests.support.feed import item_at, listening, message_of, publishing
from tests.support.servers import Vhost

CANARY = Canary.now("test").told()


async def readiness(origin: str) -> str:
    """What the intake says of itself."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{origin}/healthz/ready") as response,
    ):
        part = (await response.json())["parts"]["notifier.intake"]
        return str(part["detail"]) if not part["ok"] else "ready"


async def becomes(origin: str, expected: str) -> None:
    """Return once the intake's readiness holds *expected*."""
    async with asyncio.timeout(60):
        while expected not in await readiness(origin):  # noqa: ASYNC110 (polled, as supervisors do)
            await asyncio.sleep(0.05)


async def test_duplicates_and_canaries_are_dropped(origin: str, publish: Publish) -> None:
    """A publisher that restarts repeats itself; operators' canaries are nobody's news."""
    async with listening(origin) as listener:
        await listener.next()
        await publish(
            item_at(1),
            item_at(2),
            CANARY,
            item_at(1),
            item_at(2),
            b"junk",
            b'{"type":"br.malha.feed.item.v1","data":' + b"[" * 100_000,
            item_at(3),
            item_at(2),
            item_at(4),
        )
        assert [event.id for event in await listener.until(4)] == [1, 2, 3, 4]


async def test_disorder_heals_by_itself(origin: str, publish: Publish) -> None:
    """What comes before its turn waits for what is missing."""
    async with listening(origin) as listener:
        await listener.next()
        await publish(item_at(1), item_at(4), item_at(3))
        await becomes(origin, "position 2 is missing")
        await publish(item_at(2), item_at(5))
        events = await listener.until(5)
        assert [(event.name, event.id) for event in events] == [("notice", n) for n in (1, 2, 3, 4, 5)]
        await becomes(origin, "ready")


async def test_a_hole_that_stays_is_told_to_every_reader(
    monkeypatch: pytest.MonkeyPatch, vhost: Vhost, keys: Keys, publish: Publish
) -> None:
    """It is read again, several times; then a reset sends the readers to the registry. Never silence."""
    assert keys
    monkeypatch.setattr(intake_module, "HOLE_SECONDS", 0.3)
    async with notifier_on(vhost.url_of("notifier")) as origin, listening(origin) as listener:
        await listener.next()
        await publish(item_at(1))
        await listener.until(1)
        await publish(item_at(3), item_at(4))
        await becomes(origin, "position 2 is missing")
        events = await listener.until(4)
        assert [(event.name, event.id) for event in events] == [("reset", 2), ("notice", 3), ("notice", 4)]
        assert events[0].data == {"reason": "too_old", "snapshot": "/v1/feed?after=1"}
        await becomes(origin, "ready")
        await publish(item_at(5))
        assert (await listener.next()).id == 5


async def test_a_start_after_a_hole_begins_behind_it(vhost: Vhost, keys: Keys, publish: Publish) -> None:
    """A hole in what is long past is no reason to stay mute."""
    assert keys
    await publish(item_at(1), item_at(3), item_at(4))
    async with (
        notifier_on(vhost.url_of("notifier")) as origin,
        listening(origin, "last_event_id=1") as listener,
    ):
        hello, reset = await listener.next(), await listener.next()
        assert (hello.id, hello.data["oldest"], reset.name, reset.id) == (4, 3, "reset", 4)


async def test_a_lost_connection_loses_nothing(vhost: Vhost, keys: Keys, publish: Publish) -> None:
    """Readers stay connected, and get what was published meanwhile when the broker is back."""
    assert keys
    async with (
        fault_proxy(vhost.url_of("notifier")) as proxy,
        notifier_on(proxy.url) as origin,
        listening(origin) as listener,
    ):
        await listener.next()
        for round_ in range(3):
            await publish(item_at(3 * round_ + 1))
            assert (await listener.next()).id == 3 * round_ + 1
            proxy.refuse()
            proxy.cut()
            await becomes(origin, "RabbitMQ")
            await publish(item_at(3 * round_ + 2), item_at(3 * round_ + 3))
            await proxy.accept()
            events = await listener.until(3 * round_ + 3)
            assert [event.id for event in events] == [3 * round_ + 2, 3 * round_ + 3]


async def test_a_backlog_longer_than_the_ring_is_survived(
    monkeypatch: pytest.MonkeyPatch, vhost: Vhost, keys: Keys
) -> None:
    """The line was down since the feed was empty: who was there is told all, or sent away to resume."""
    assert keys
    monkeypatch.setattr("services.notifier.app.Ring", lambda _, **options: Ring(500, **options))
    async with fault_proxy(vhost.url_of("notifier")) as proxy, notifier_on(proxy.url) as origin:
        async with listening(origin) as listener:
            await listener.next()
            proxy.refuse()
            proxy.cut()
            await publish_many(vhost, 3000)
            await proxy.accept()
            ids: list[int] = []
            while not ids or ids[-1] < 3000:
                event = await listener.next_or_end()
                if event is None:
                    break
                assert event.name == "notice"
                ids.append(event.id)
            assert ids == list(range(1, len(ids) + 1))
        await becomes(origin, "ready")
        async with listening(origin, "last_event_id=2990") as listener:
            await listener.next()
            assert [event.id for event in await listener.until(3000)] == list(range(2991, 3001))


async def publish_many(vhost: Vhost, count: int) -> None:
    """Publish the first *count* items, many at a time."""
    publisher = ConfirmedPublisher(vhost.url_of("registry"), "test feed")
    stop = asyncio.Event()
    running = asyncio.create_task(publisher.run(stop))
    items = [Message("", "feed", message_of(item_at(position))) for position in range(1, count + 1)]
    for first in range(0, count, 250):
        await publisher.publish_all(items[first : first + 250])
    stop.set()
    await running


async def test_a_stream_that_was_lost_and_filled_again_goes_on(
    vhost: Vhost, keys: Keys, publish: Publish
) -> None:
    """The stream is made anew with fewer messages than were read: its offsets mean other items now."""
    assert keys
    async with (
        fault_proxy(vhost.url_of("notifier")) as proxy,
        notifier_on(proxy.url) as origin,
        listening(origin) as listener,
    ):
        await listener.next()
        await publish(*(item_at(position) for position in range(1, 11)))
        await listener.until(10)
        proxy.refuse()
        proxy.cut()
        await lose_queue(vhost, "feed")
        async with publishing(vhost.amqp_url) as publish_anew:
            await publish_anew(*(item_at(position) for position in (9, 10, 11, 12)))
        await proxy.accept()
        assert [event.id for event in await listener.until(12)] == [11, 12]


async def test_a_start_reads_back_as_far_as_the_ring_holds(
    monkeypatch: pytest.MonkeyPatch, vhost: Vhost, keys: Keys, publish: Publish
) -> None:
    """Canaries take offsets too: it goes further back until the ring is full."""
    assert keys
    monkeypatch.setattr("services.notifier.app.Ring", lambda _, **options: Ring(40, **options))
    items = [item_at(position) for position in range(1, 61)]
    await publish(*items[:30], *[CANARY] * 300, *items[30:])
    async with notifier_on(vhost.url_of("notifier")) as origin, listening(origin) as listener:
        hello = await listener.next()
        assert hello.data["head"] == 60
        assert hello.data["oldest"] <= 21
