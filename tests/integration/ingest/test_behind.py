"""After an outage of the registry: what waits must not make what is new wait behind it."""

import asyncio
from itertools import count

import aio_pika
import pytest

from services.ingest import lanes
from services.ingest.bindings import COUNTED_SECONDS, Bindings
from services.ingest.looking import QueueLook
from tests.integration.ingest.conftest import Ingest, event
from tests.support.fault_proxy import fault_proxy
from tests.support.parts import running
from tests.support.servers import Vhost
from tests.support.world import eventually

MARK = 20


async def test_new_notices_wait_with_history_while_the_live_queue_is_long(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that whatever comes after the outage finds the live queue short; each notice says what it said."""
    monkeypatch.setattr(lanes, "BEHIND_MESSAGES", MARK)
    monkeypatch.setattr(lanes, "ABREAST_MESSAGES", MARK // 2)
    numbers = count(1)

    async def goes_to(queue: aio_pika.abc.AbstractQueue) -> bool:
        assert (await ingest.post(event(id=f"{next(numbers)}")))[0] == 202
        found = await queue.get(fail=False)
        return found is not None and b'"backfill":true' not in found.body

    async with await aio_pika.connect(ingest.vhost.amqp_url) as connection:
        channel = await connection.channel()
        live = await channel.get_queue("registry.live")
        history = await channel.get_queue("registry.backfill")
        exchange = await channel.get_exchange("notices")
        async with asyncio.TaskGroup() as group:
            for _ in range(MARK + 10):
                group.create_task(exchange.publish(aio_pika.Message(b"waiting"), "live.31.agreement.signed"))
        await eventually(lambda: goes_to(history), "new notices wait with history", 60)
        await live.purge()
        await history.purge()
        await eventually(lambda: goes_to(live), "they are live again", 60)


async def put(vhost: Vhost, messages: int) -> None:
    """So many messages into the live queue."""
    async with await aio_pika.connect(vhost.amqp_url) as connection:
        channel = await connection.channel()
        for _ in range(messages):
            await channel.default_exchange.publish(aio_pika.Message(b"waiting"), "registry.live")


async def test_a_lost_look_at_the_queue_sends_nobody_the_slow_way(vhost: Vhost) -> None:
    """What was long once is not long for ever, because nobody can look."""
    await put(vhost, 3)
    async with fault_proxy(vhost.amqp_url) as line:
        look = QueueLook(line.url)

        async def sees(messages: int) -> bool:
            return look.waiting_messages() == messages

        async with running(look):
            await eventually(lambda: sees(3), "three are seen", 60)
            line.refuse()
            line.cut()
            await eventually(lambda: sees(0), "nothing is seen", 60)


async def test_management_that_went_away_puts_nothing_off_for_ever(vhost: Vhost) -> None:
    """A queue that was full when it was counted last may be empty by now."""
    now = 0.0
    await put(vhost, 3)
    async with fault_proxy(vhost.management_url) as line:
        bindings = Bindings(line.url, vhost.amqp_url, lambda: now)

        async def is_counted() -> bool:
            return bindings.fullest_share() > 0

        async with running(bindings):
            await eventually(is_counted, "the messages are counted", 60)
            line.refuse()
            line.cut()
            now += COUNTED_SECONDS - 1
            assert bindings.fullest_share() > 0
            now += 2
            assert bindings.fullest_share() == 0
