"""The journal of a database that is older than what was told: what is replayed, and what is left alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import asyncpg
import msgspec
import pytest

from services.registry.recovery import records
from services.registry.recovery.journal import QUEUE, JournalReplay
from services.registry.recovery.report import report
from services.registry.taking.consumer import Consumer
from services.registry.writing.registrar import Registrar
from shared.broker import ConfirmedPublisher
from shared.database import Database
from shared.notices.envelope import encode_delivery
from tests.support.clock import Days, in_days, told
from tests.support.clock import running as clock_running
from tests.support.parts import running
from tests.support.registered import Sql, delivered, require_sound
from tests.support.servers import Vhost
from tests.support.taking import PATIENCE_SECONDS, eventually, message_of, notices, queued, registered, send
from tests.support.told import signed

SIGNED = signed("2020")


@asynccontextmanager
async def replaying(vhost: Vhost, store: Database) -> AsyncIterator[JournalReplay]:
    """The part that replays the journal."""
    part = JournalReplay(vhost.url_of("registry"), store, "test")
    async with running(part):
        yield part


async def finished(sql: Sql) -> None:
    """Wait until nothing is to be recovered any more."""

    async def none_left() -> bool:
        return await records.unfinished(sql) is None and await records.last(sql) is not None

    await eventually(none_left)


async def empty(vhost: Vhost, queue: str) -> None:
    """What was acknowledged by a registry that is lost."""
    async with await aio_pika.connect(vhost.amqp_url) as connection, asyncio.timeout(PATIENCE_SECONDS):
        channel = await connection.channel()
        await (await channel.get_queue(queue)).purge()


async def half_way(sql: Sql, end: int) -> None:
    """A recovery that has read nearly all of a journal that goes to the offset *end*."""
    number = await records.begin(sql, "asked")
    await records.surveyed(sql, number, 0, end, None)
    await records.read(sql, number, end - 1, 0)


async def test_what_the_journal_has_and_the_database_has_not_is_registered(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """Marked as replayed, once each, and nothing of what is registered or dead is sent again."""
    known, dead, *missing = notices(12)
    await send(door, [known])
    async with running(Consumer(vhost.url_of("registry"), store, "test")):
        await registered(sql, 1)
    await send(door, [dead, *missing])
    await sql.execute("INSERT INTO dead VALUES ($1, 'm', now(), 'failed', now())", dead.protocol)
    await empty(vhost, "registry.live")
    await records.begin(sql, "asked")
    async with (
        replaying(vhost, store),
        running(Consumer(vhost.url_of("registry"), store, "test")),
    ):
        await finished(sql)
    rows = await sql.fetch("SELECT item FROM feed_item ORDER BY position")
    told_of = [json.loads(row["item"]) for row in rows]
    assert [each["replayed"] for each in told_of] == [False, *[True] * 10]
    assert {each["protocol"] for each in told_of[1:]} == {notice.protocol for notice in missing}
    last = await records.last(sql)
    assert last is not None
    assert last.replayed == 10
    await require_sound(sql)


async def test_what_is_none_of_ours_stays_in_the_journal(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """Canaries, junk and another stack's notices are passed over; what comes after them is not."""
    [ours, foreign] = notices(2)
    other = msgspec.structs.replace(delivered(foreign), environment="live")
    nobodys = encode_delivery(delivered(msgspec.structs.replace(ours, id="\x00")))
    for body in (b"{}", b'{"type":"br.malha.canary.sent.v1","id":"1"}', encode_delivery(other), nobodys):
        await door.publish(message_of(ours, body=body))
    await send(door, [ours])
    await empty(vhost, "registry.live")
    await records.begin(sql, "asked")
    async with replaying(vhost, store):

        async def is_there() -> bool:
            return await queued(vhost, QUEUE) == 1

        await eventually(is_there)
    last = await records.last(sql)
    assert last is not None
    assert (last.replayed, last.read_to) == (1, 4)


async def test_whoever_takes_over_goes_on_where_the_record_stands(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """A replay that was stopped half way is not begun again."""
    await send(door, notices(6))
    await empty(vhost, "registry.live")
    number = await records.begin(sql, "asked")
    await records.surveyed(sql, number, 0, 5, None)
    await records.read(sql, number, 3, 4)
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with replaying(vhost, store), running(consumer):
        await finished(sql)
    assert await sql.fetchval("SELECT array_agg(id ORDER BY position) FROM inbox") == ["n-4", "n-5"]


async def test_another_server_is_reason_enough(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """A promoted standby may lack commits that the feed had not told yet: only its timeline shows it."""
    await send(door, notices(3))
    await empty(vhost, "registry.live")
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with running(consumer):
        async with replaying(vhost, store):

            async def is_seen() -> bool:
                return bool(await sql.fetchval("SELECT count(*) FROM server_seen"))

            await eventually(is_seen)
        assert await records.last(sql) is None  # the first server of all is nothing new
        await sql.execute("UPDATE server_seen SET timeline = '00000000'")
        async with replaying(vhost, store):
            await registered(sql, 3)
            await finished(sql)
    last = await records.last(sql)
    assert last is not None
    assert last.cause == "other_server"


async def test_a_recovery_half_way_is_not_enough_for_another_server(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """What it has passed, and what came since, may be lost again: the journal is read from its beginning."""
    await send(door, notices(3))
    await empty(vhost, "registry.live")
    await sql.execute("INSERT INTO server_seen VALUES (true, 'another', '00000001')")
    await half_way(sql, 2)
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with replaying(vhost, store), running(consumer):
        await registered(sql, 3)
        await finished(sql)
    assert await sql.fetchval("SELECT array_agg(cause ORDER BY id) FROM recovery") == [
        "asked",
        "other_server",
    ]


async def test_another_server_is_not_seen_before_its_recovery_is_kept(
    vhost: Vhost, store: Database, sql: Sql
) -> None:
    """Whoever is ended in between would leave a lost commit for good: nobody else looks for it again."""
    await sql.execute("INSERT INTO server_seen VALUES (true, 'another', '00000001')")
    await sql.execute("ALTER TABLE recovery ADD CONSTRAINT ended_here CHECK (cause <> 'other_server')")
    part = JournalReplay(vhost.url_of("registry"), store, "test")
    with pytest.raises(asyncpg.CheckViolationError):
        await part.run(asyncio.Event())
    assert await sql.fetchval("SELECT system FROM server_seen") == "another"


async def test_offsets_of_another_brokers_journal_mean_nothing(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """The broker was lost too, in the middle of a recovery: waiting for an old offset would be for ever."""
    await send(door, notices(3))
    await empty(vhost, "registry.live")
    await half_way(sql, 500)
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with replaying(vhost, store), running(consumer):
        await finished(sql)
    assert await sql.fetchval("SELECT count(*) FROM inbox") == 3


@pytest.mark.parametrize("body", [None, b'{"type":"br.malha.canary.sent.v1","id":"1"}'])
async def test_a_journal_that_begins_too_late_is_named(
    vhost: Vhost,
    store: Database,
    door: ConfirmedPublisher,
    sql: Sql,
    *,
    registrar: Registrar,
    body: bytes | None,
) -> None:
    """Empty, or with canaries alone: what was acknowledged between, nobody knows of, and that is said."""
    await registrar.register([delivered(SIGNED)])
    if body is not None:
        await door.publish(message_of(SIGNED, body=body))
        await empty(vhost, "registry.live")
    await records.begin(sql, "asked")
    await sql.execute("UPDATE recovery SET registered_at = registered_at - interval '40 days'")
    async with replaying(vhost, store):
        await finished(sql)
    last = await records.last(sql)
    assert last is not None
    assert (await report(sql, last)).journal_gap is not None


async def test_the_clock_waits_for_what_is_recovered(database: str, sql: Sql) -> None:
    """What a day brings about is judged by all that was known when it began."""
    days = Days()
    await sql.execute("UPDATE clock SET told = $1", in_days(0))
    number = await records.begin(sql, "asked")
    days.today = in_days(1)
    async with clock_running(database, days):
        await records.finish(sql, number)
        await eventually(told(sql, days.today))
    assert await sql.fetchval("SELECT min(registered_at) FROM entry") >= await sql.fetchval(
        "SELECT finished_at FROM recovery"
    )
