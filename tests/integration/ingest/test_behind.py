"""After an outage of the registry: what waits must not make what is new wait behind it."""

import asyncio
from itertools import count

import aio_pika
import pytest

from services.ingest import lanes
from tests.integration.ingest.conftest import Ingest, event
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
        await eventually(lambda: goes_to(history), "new notices wait with history", 30)
        await live.purge()
        await history.purge()
        await eventually(lambda: goes_to(live), "they are live again", 30)
