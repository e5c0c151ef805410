"""From the queue into the ledger: acknowledged after its commit, and whoever waits is answered."""

import json

import aio_pika
import msgspec

from services.registry.taking.consumer import Consumer
from shared.broker import ConfirmedPublisher
from tests.support.broker import channel_of
from tests.support.parts import running
from tests.support.registered import Sql, require_sound
from tests.support.servers import Vhost
from tests.support.taking import eventually, message_of, notices, queued, registered, send


async def test_both_queues_are_registered_and_acknowledged(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """History and news: everything that was confirmed at the door stands in the ledger, once."""
    told = notices(120) + notices(230, backfill=True, name="b")
    await send(door, told)
    assert not consumer.readiness().ok
    async with running(consumer):
        await registered(sql, 350)

        async def is_ready() -> bool:  # the commit is seen before the consumer has heard of it
            return consumer.readiness().ok

        await eventually(is_ready)
    await require_sound(sql)
    assert [await queued(vhost, f"registry.{name}") for name in ("live", "backfill", "dead")] == [0, 0, 0]


async def test_whoever_waits_is_answered_after_the_commit(
    consumer: Consumer, door: ConfirmedPublisher
) -> None:
    """Registered, repeated, in conflict: told over direct reply-to, with what a receipt needs."""
    (notice,) = notices(1)
    other = msgspec.structs.replace(notice, subject="other")
    async with running(consumer):
        answers = [json.loads(await door.ask(message_of(n), 60) or b"") for n in (notice, notice, other)]
    first, again, conflict = answers
    assert first.pop("outcome") == "registered"
    assert again.pop("outcome") == "repeated"
    assert first == again
    assert first.keys() == {"protocol", "position", "digest", "registered_at", "received_at", "remarks"}
    assert (first["position"], first["remarks"], len(first["digest"])) == (1, [], 43)
    assert conflict == {"outcome": "conflict", "protocol": notice.protocol}


async def test_only_who_waits_is_answered(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """A message put in by hand cannot have the registry write into a queue that it names."""
    (notice,) = notices(1)
    async with channel_of(vhost.amqp_url) as channel:
        forged = aio_pika.Message(message_of(notice).body, reply_to="registry.parked")
        await channel.default_exchange.publish(forged, "registry.live")
    async with running(consumer):
        await registered(sql, 1)
        assert json.loads(await door.ask(message_of(notice), 60) or b"")["outcome"] == "repeated"
    assert await queued(vhost, "registry.parked") == 0


async def test_a_stop_finishes_what_was_handed_over(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """What is registered is acknowledged, and what is not waits in the queue: together all of it."""
    await send(door, notices(1500))
    async with running(consumer):
        await registered(sql, 1)
    done: int = await sql.fetchval("SELECT position FROM head")
    assert done >= 250

    async def rest_is_back() -> bool:  # the broker takes back what a line held a moment after its end
        return await queued(vhost, "registry.live") + done == 1500

    await eventually(rest_is_back)
    await require_sound(sql)
