"""From the queue into the ledger: nothing is acknowledged before its commit, nothing innocent dies."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import aio_pika
import msgspec
import pamqp.encode
import pytest
from aio_pika.abc import AbstractIncomingMessage

from services.registry.taking.consumer import Consumer
from shared.broker import ConfirmedPublisher, Message
from shared.database import Database
from shared.notices.envelope import Notice, encode_delivery
from shared.unmarshalling import read_any_text
from tests.support.broker import channel_of, take
from tests.support.fault_proxy import fault_proxy
from tests.support.parts import running
from tests.support.registered import Sql, delivered, require_sound
from tests.support.servers import Vhost
from tests.support.told import MEMBER, signed

PATIENCE_SECONDS = 120.0


def notices(count: int, *, backfill: bool = False, name: str = "n") -> list[Notice]:
    """That many agreements, each told once."""
    return [
        msgspec.structs.replace(signed(), id=f"{name}-{n}", subject=f"{name}/{n}", backfill=backfill)
        for n in range(count)
    ]


def message_of(notice: Notice, **changes: Any) -> Message:
    """*notice* as ingest publishes it."""
    lane = "backfill" if notice.backfill else "live"
    return Message(
        exchange="notices",
        routing_key=f"{lane}.{notice.member}.agreement.signed",
        body=encode_delivery(delivered(notice)),
        headers={
            "member": notice.member,
            "source": notice.source,
            "id": notice.id,
            "protocol": notice.protocol,
            "attempt": 1,
        },
        type=notice.type,
    )._replace(**changes)


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until *check* holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await check():  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.05)


async def registered(sql: Sql, count: int) -> None:
    """Wait until *count* notices are registered."""

    async def there() -> bool:
        return bool(await sql.fetchval("SELECT position >= $1 FROM head", count))

    await eventually(there)


@pytest.fixture
async def door(vhost: Vhost) -> AsyncIterator[ConfirmedPublisher]:
    """What stands in for ingest, with its own rights."""
    publisher = ConfirmedPublisher(vhost.url_of("ingest"), "test ingest", replies=True)
    async with running(publisher):
        yield publisher


@pytest.fixture
def consumer(vhost: Vhost, store: Database) -> Consumer:
    """A consumer with no more than its own rights."""
    return Consumer(vhost.url_of("registry"), store, "test")


async def send(door: ConfirmedPublisher, told: Sequence[Notice]) -> None:
    """Publish, confirmed."""
    await door.publish_all([message_of(notice) for notice in told])


async def queued(vhost: Vhost, queue: str) -> int:
    """How many messages are ready in *queue*."""
    async with channel_of(vhost.amqp_url) as channel:
        return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0


async def next_dead(vhost: Vhost) -> AbstractIncomingMessage:
    """The next message in registry.dead."""
    async with channel_of(vhost.amqp_url) as channel:
        message = await take(channel, "registry.dead")
        await message.ack()
        return message


async def requeue_everything(vhost: Vhost, count: int) -> list[str]:
    """Take *count* live messages and lose the connection: they come back redelivered. Their ids."""
    async with channel_of(vhost.amqp_url) as channel:
        await channel.set_qos(prefetch_count=count)
        queue = await channel.get_queue("registry.live", ensure=False)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await queue.consume(arrived.put)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [(await arrived.get()).message_id or "" for _ in range(count)]


async def test_both_queues_are_registered_and_acknowledged(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """History and news: everything that was confirmed at the door stands in the ledger, once."""
    told = notices(120) + notices(230, backfill=True, name="b")
    await send(door, told)
    assert not consumer.readiness().ok
    async with running(consumer):
        await registered(sql, 350)
        assert consumer.readiness().ok
    await require_sound(sql)
    assert [await queued(vhost, f"registry.{name}") for name in ("live", "backfill", "dead")] == [0, 0, 0]


async def test_whoever_waits_is_answered_after_the_commit(
    consumer: Consumer, door: ConfirmedPublisher
) -> None:
    """Registered, repeated, in conflict: told over direct reply-to, with what a receipt needs."""
    (notice,) = notices(1)
    other = msgspec.structs.replace(notice, subject="other")
    async with running(consumer):
        answers = [json.loads(await door.ask(message_of(n), 10) or b"") for n in (notice, notice, other)]
    first, again, conflict = answers
    assert first.pop("outcome") == "registered"
    assert again.pop("outcome") == "repeated"
    assert first == again
    assert first.keys() == {"protocol", "position", "digest", "registered_at", "received_at", "remarks"}
    assert (first["position"], first["remarks"], len(first["digest"])) == (1, [], 43)
    assert conflict == {"outcome": "conflict", "protocol": notice.protocol}


@pytest.mark.parametrize(
    "junk",
    [
        (b"not even JSON", "InvalidDelivery"),
        (encode_delivery(delivered(signed())).replace(b'"test"', b'"live"'), "environment live"),
        (encode_delivery(delivered(signed())).replace(b'"MOU"', b'"Ana de Souza"'), "InvalidDelivery"),
        (
            encode_delivery(delivered(signed())).replace(b'"senderrole":"member"', b'"senderrole":"system"'),
            "never through a queue",
        ),
    ],
)
async def test_junk_is_laid_to_rest_and_stops_nothing(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql, junk: tuple[bytes, str]
) -> None:
    """What somebody put into the queue by hand goes to the operators, no value of it in the headers."""
    body, error = junk
    (notice,) = notices(1)
    async with running(consumer):
        await door.publish(message_of(notice, body=body))
        await send(door, notices(3, name="after"))
        await registered(sql, 3)
    dead = await next_dead(vhost)
    assert dead.body == body
    assert dead.headers["reason"] == "junk"
    assert error in str(dead.headers["error"])
    assert "Ana" not in str(dead.headers)
    assert dead.headers["routing_key"] == f"live.{MEMBER}.agreement.signed"
    assert (dead.headers["queue"], dead.headers["attempt"]) == ("registry.live", 1)
    assert await sql.fetchval("SELECT reason FROM dead WHERE protocol = $1", notice.protocol) == "junk"


def any_bytes(text: str) -> bytes:
    """A short text of AMQP whose lone surrogates are the bytes that they stand for."""
    written = text.encode(errors="surrogateescape")
    return bytes([len(written)]) + written


@pytest.mark.parametrize(
    ("message_id", "redelivered"), [("a\0b", False), ("a\0b", True), ("a\udcffb", False), ("a\udcffb", True)]
)
async def test_strange_message_id_stops_nothing(
    consumer: Consumer, vhost: Vhost, sql: Sql, message_id: str, *, redelivered: bool
) -> None:
    """An id that is no text, or that PostgreSQL could not keep, is no trouble of the next messages."""
    junk, *after = notices(4)
    read_any_text()  # for our own taking
    async with channel_of(vhost.amqp_url) as channel:
        strange = aio_pika.Message(b"junk", message_id=message_id, headers={"protocol": junk.protocol})
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(pamqp.encode.METHODS, "shortstr", any_bytes)
            await channel.default_exchange.publish(strange, "registry.live")
        if redelivered:
            await (await take(channel, "registry.live")).reject(requeue=True)
        for notice in after:
            body = message_of(notice).body
            await channel.default_exchange.publish(aio_pika.Message(body), "registry.live")
    async with running(consumer):
        await registered(sql, 3)
    assert (await next_dead(vhost)).headers["reason"] == "junk"
    assert await sql.fetchval("SELECT reason FROM dead WHERE protocol = $1", junk.protocol) == "junk"


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
        assert json.loads(await door.ask(message_of(notice), 10) or b"")["outcome"] == "repeated"
    assert await queued(vhost, "registry.parked") == 0


async def test_what_fails_by_itself_is_tried_again_later(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """It waits in registry.retry with one more attempt; the others of its batch are registered."""
    stranger = msgspec.structs.replace(signed(), member="org-nobody")
    await send(door, [*notices(2), stranger, *notices(2, name="after")])
    async with running(consumer):
        await registered(sql, 4)
    assert await queued(vhost, "registry.retry") == 1
    async with channel_of(vhost.amqp_url) as channel:
        waiting = await take(channel, "registry.retry")
        await waiting.ack()
    assert (waiting.headers["attempt"], waiting.routing_key) == (2, "registry.live")
    assert waiting.headers["routing_key"] == "live.org-nobody.agreement.signed"
    assert "x-death" not in waiting.headers


async def test_what_failed_five_times_is_laid_to_rest(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """Then the operators decide, and the receipt says so."""
    stranger = msgspec.structs.replace(signed(), member="org-nobody")
    last = message_of(stranger)
    async with running(consumer):
        await door.publish(last._replace(headers={**(last.headers or {}), "attempt": 5}))
        dead = await next_dead(vhost)

        async def buried() -> bool:
            return bool(await sql.fetchval("SELECT count(*) = 1 FROM dead WHERE reason = 'failed'"))

        await eventually(buried)
    assert (dead.headers["reason"], dead.headers["attempt"]) == ("failed", 5)
    assert dead.headers["error"] == "UnknownMember: The member org-nobody is not known."


async def test_a_redelivered_message_is_registered_and_its_attempt_forgotten(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """Most redelivered messages are innocent: a line dropped, a process was stopped."""
    told = notices(20)
    await send(door, told)
    ids = await requeue_everything(vhost, 20)
    await sql.execute("INSERT INTO attempt VALUES ($1, 2, now())", ids[7])
    async with running(consumer):
        await registered(sql, 20)
    await require_sound(sql)
    assert await sql.fetchval("SELECT count(*) FROM attempt") == 0
    assert [await queued(vhost, f"registry.{name}") for name in ("live", "dead", "retry")] == [0, 0, 0]


async def test_a_message_that_ended_three_processes_is_not_tried_again(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """Only the guilty one: what was redelivered with it is registered."""
    told = notices(3)
    await send(door, told)
    ids = await requeue_everything(vhost, 3)
    await sql.execute("INSERT INTO attempt VALUES ($1, 3, now())", ids[1])
    async with running(consumer):
        await registered(sql, 2)
        dead = await next_dead(vhost)
    assert (dead.headers["reason"], dead.headers["id"]) == ("ended_process", "n-1")
    assert await sql.fetchval("SELECT protocol FROM dead") == told[1].protocol
    assert await sql.fetchval("SELECT count(*) FROM attempt") == 0


async def test_dropped_connections_with_a_full_prefetch_kill_nobody(
    door: ConfirmedPublisher, vhost: Vhost, store: Database, sql: Sql
) -> None:
    """Each message may lose its channel again and again: it is registered once, and nothing dies."""
    async with (
        fault_proxy(vhost.url_of("registry")) as proxy,
        running(Consumer(proxy.url, store, "test")),
    ):
        for round_ in range(8):
            await send(door, notices(100, name=str(round_)))
            await asyncio.sleep(0.15)
            proxy.cut()
        await registered(sql, 800)
    await require_sound(sql)
    assert [await queued(vhost, f"registry.{name}") for name in ("live", "dead", "retry")] == [0, 0, 0]


async def test_messages_are_held_while_the_database_is_away(
    door: ConfirmedPublisher, vhost: Vhost, database: str, sql: Sql
) -> None:
    """Nothing dies of an outage; readiness says so; work goes on by itself."""
    async with fault_proxy(database) as proxy:
        away = Database(proxy.url, "test away", most_connections=4)
        consumer = Consumer(vhost.url_of("registry"), away, "test")
        async with running(consumer):
            await send(door, notices(10))
            await registered(sql, 10)
            proxy.refuse()
            proxy.cut()
            await send(door, notices(40, name="meanwhile"))
            await eventually(lambda: _answer(not consumer.readiness().ok))
            assert "PostgreSQL" in (consumer.readiness().detail or "")
            await proxy.accept()
            await registered(sql, 50)
            assert consumer.readiness().ok
        await away.close()
    await require_sound(sql)
    assert await queued(vhost, "registry.dead") == 0


async def test_a_long_outage_gives_the_messages_back(
    door: ConfirmedPublisher, vhost: Vhost, database: str, sql: Sql
) -> None:
    """RabbitMQ ends consumers that hold messages too long: so they wait in their queue instead."""
    async with fault_proxy(database) as proxy:
        proxy.refuse()
        away = Database(proxy.url, "test away", most_connections=4)
        consumer = Consumer(vhost.url_of("registry"), away, "test", hold_seconds=0.2)
        async with running(consumer):
            await send(door, notices(30))

            async def given_back() -> bool:
                return await queued(vhost, "registry.live") == 30

            await eventually(given_back)
            assert not consumer.readiness().ok
            await proxy.accept()
            await registered(sql, 30)
        await away.close()
    await require_sound(sql)
    assert await queued(vhost, "registry.dead") == 0


async def test_a_stop_finishes_what_was_handed_over(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """What is registered is acknowledged, and what is not waits in the queue: together all of it."""
    await send(door, notices(1500))
    async with running(consumer):
        await registered(sql, 1)
    done = await sql.fetchval("SELECT position FROM head")
    assert done >= 250
    assert await queued(vhost, "registry.live") == 1500 - done
    await require_sound(sql)


async def _answer(value: bool) -> bool:  # noqa: FBT001 - a value to wait for
    return value
