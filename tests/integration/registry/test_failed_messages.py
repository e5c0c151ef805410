"""What cannot be registered is tried again or laid to rest, and costs the others of its batch nothing."""

import asyncio

import aio_pika
import msgspec
import pamqp.encode
import pytest
from aio_pika.abc import AbstractIncomingMessage

from services.registry.taking.consumer import Consumer
from shared.broker import ConfirmedPublisher
from shared.notices.envelope import encode_delivery
from shared.unmarshalling import read_any_text
from tests.support.broker import channel_of, override, take
from tests.support.parts import running
from tests.support.registered import Sql, delivered, require_sound
from tests.support.servers import Vhost
from tests.support.taking import PATIENCE_SECONDS, eventually, message_of, notices, queued, registered, send
from tests.support.told import MEMBER, signed


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


async def test_what_fails_by_itself_is_tried_again_later(
    consumer: Consumer, door: ConfirmedPublisher, vhost: Vhost, sql: Sql
) -> None:
    """It waits in registry.retry with one more attempt; the others of its batch are registered."""
    await override(vhost, "registry.retry", message_ttl=3_600_000)  # it would come back while it is counted
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
