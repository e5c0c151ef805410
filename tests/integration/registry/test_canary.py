"""A canary goes the way of notices through the registry, and leaves nothing behind that counts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aio_pika
import msgspec

from services.registry.taking.consumer import Consumer
from services.registry.taking.reading import REPLAYED
from services.registry.telling.messages import canary_message
from services.registry.telling.tail import AFTER
from shared.broker import ConfirmedPublisher, Message
from shared.database import Database
from shared.notices.canary import CANARY_TYPE, FEED_CANARY_TYPE, HEADER, Canary
from tests.integration.registry.test_publisher import positions_up_to, publishing, write_items
from tests.support.broker import channel_of
from tests.support.parts import running
from tests.support.registered import Sql, require_sound
from tests.support.servers import Vhost
from tests.support.taking import eventually, message_of, notices, queued, registered

LONG_SILENCE = 1_100
"""Canaries, more than a leader looks at of the stream's end."""


def canary_on_its_way(canary: Canary, **changes: Any) -> Message:
    """*canary* as ingest sends it."""
    return Message(
        exchange="notices",
        routing_key="live.31.canary.sent",
        body=canary.sent(),
        headers={HEADER: True},
        type=CANARY_TYPE,
    )._replace(**changes)


async def canaries_in(vhost: Vhost, count: int) -> list[Any]:
    """The first *count* messages of the feed stream that carry a canary."""
    found: list[Any] = []
    async with channel_of(vhost.amqp_url) as channel:
        await channel.set_qos(prefetch_count=100)
        queue = await channel.get_queue("feed", ensure=False)
        async with queue.iterator(arguments={"x-stream-offset": "first"}, timeout=120) as messages:
            async for message in messages:
                await message.ack()
                if message.type == FEED_CANARY_TYPE:
                    found.append(message)
                    if len(found) == count:
                        break
    return found


async def test_a_canary_is_committed_and_counts_nowhere(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """Among notices, in the midst of a batch: they are registered as ever, and it takes no position."""
    canary = Canary.now("test")
    told = [message_of(notice) for notice in notices(20)]
    await door.publish_all([*told[:10], canary_on_its_way(canary), *told[10:]])
    async with running(Consumer(vhost.url_of("registry"), store, "test")):
        await registered(sql, 20)

        async def passed() -> bool:
            return bool(await sql.fetchval("SELECT id = $1 FROM canary", canary.id))

        await eventually(passed)
    await require_sound(sql)
    assert await sql.fetchval("SELECT position FROM head") == 20
    assert await sql.fetchval("SELECT count(*) FROM feed_item") == 20
    assert [await queued(vhost, f"registry.{name}") for name in ("live", "dead", "retry")] == [0, 0, 0]


async def test_what_only_claims_to_be_a_canary_is_dropped(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """Another stack's, or junk: it is nobody's notice, so it belongs into no queue of failed ones either."""
    strange = [
        canary_on_its_way(Canary.now("live")),
        canary_on_its_way(Canary.now("test"), body=b"[" * 100_000),
        canary_on_its_way(Canary("x", datetime.now(UTC).replace(tzinfo=None), "test")),
    ]
    await door.publish_all([*strange, message_of(notices(1)[0])])
    async with running(Consumer(vhost.url_of("registry"), store, "test")):
        await registered(sql, 1)
    assert await sql.fetchval("SELECT count(*) FROM canary") == 0
    assert [await queued(vhost, f"registry.{name}") for name in ("live", "dead")] == [0, 0]


async def test_a_canary_that_came_is_told_after_all_items(vhost: Vhost, database: str, sql: Sql) -> None:
    """It has no position, and says up to which one the stream holds everything."""
    await write_items(database, 1, 3)
    async with publishing(vhost.url_of("registry"), database):
        await positions_up_to(vhost, 3)
        canary = Canary.now("test")
        await sql.execute(
            "INSERT INTO canary (id, sent_at, environment) VALUES ($1, $2, 'test')", canary.id, canary.sent_at
        )
        (message,) = await canaries_in(vhost, 1)
    told = {name: value for name, value in message.headers.items() if not name.startswith("x-")}
    assert told == {HEADER: True, AFTER: 3}
    event = msgspec.json.decode(message.body)
    assert (event["type"], event["data"]["id"]) == (FEED_CANARY_TYPE, canary.id)
    assert "position" not in event["data"]


async def test_a_new_leader_is_not_fooled_by_a_long_silence(vhost: Vhost, database: str) -> None:
    """Nothing but canaries at the stream's end: it goes on after the last item, and publishes none again."""
    await write_items(database, 1, 5)
    async with publishing(vhost.url_of("registry"), database):
        await positions_up_to(vhost, 5)
    confirmed = ConfirmedPublisher(vhost.url_of("registry"), "test silence")
    async with running(confirmed):
        await confirmed.publish_all([canary_message(Canary.now("test"), 5)] * LONG_SILENCE)
    await write_items(database, 6, 6)
    async with publishing(vhost.url_of("registry"), database):
        await canaries_in(vhost, LONG_SILENCE)
        found = [message async for message in _after_the_silence(vhost)]
    assert [message.headers["position"] for message in found] == [6]


async def _after_the_silence(vhost: Vhost) -> AsyncIterator[aio_pika.abc.AbstractIncomingMessage]:
    """What the stream holds after the last canary, up to position 6."""
    async with channel_of(vhost.amqp_url) as channel:
        await channel.set_qos(prefetch_count=100)
        queue = await channel.get_queue("feed", ensure=False)
        arguments = {"x-stream-offset": 5 + LONG_SILENCE}
        async with queue.iterator(arguments=arguments, timeout=120) as messages:
            async for message in messages:
                await message.ack()
                yield message
                if message.headers.get("position") == 6:
                    return


async def test_what_was_put_back_is_marked_in_the_feed(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """By the header alone: registered as ever, the reader sees that it is no news of this moment."""
    put_back, fresh = (message_of(notice) for notice in notices(2))
    await door.publish_all([put_back._replace(headers={**(put_back.headers or {}), REPLAYED: True}), fresh])
    async with running(Consumer(vhost.url_of("registry"), store, "test")):
        await registered(sql, 2)
    rows = await sql.fetch("SELECT (item ->> 'replayed')::bool AS replayed FROM feed_item ORDER BY position")
    assert [row["replayed"] for row in rows] == [True, False]
    await require_sound(sql)
