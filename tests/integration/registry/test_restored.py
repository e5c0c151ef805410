"""A database that was restored lies behind the feed: no position that readers have seen is given again."""

import asyncio
from contextlib import suppress

import msgspec
import pytest

from services.registry.taking.consumer import Consumer
from services.registry.telling.publisher import is_compared
from services.registry.writing.registrar import HeadInDoubt, Registrar
from shared.broker import ConfirmedPublisher, Message
from shared.database import Database, DatabaseUnavailable
from shared.notices.feed import ITEM_TYPE, RESTORED_TYPE
from tests.integration.registry.test_publisher import publishing, read_stream
from tests.support.parts import running
from tests.support.registered import Sql, delivered
from tests.support.servers import Vhost
from tests.support.taking import eventually, message_of, notices, registered


async def told(vhost: Vhost, *positions: int) -> None:
    """The feed stream has these positions already."""
    publisher = ConfirmedPublisher(vhost.url_of("registry"), "test feed")
    async with running(publisher):
        await publisher.publish_all(
            [
                Message(
                    exchange="",
                    routing_key="feed",
                    body=msgspec.json.encode({"type": ITEM_TYPE, "data": {"position": position}}),
                    headers={"position": position},
                )
                for position in positions
            ]
        )


async def test_nothing_is_registered_before_the_head_is_above_the_feed(
    vhost: Vhost, database: str, store: Database, sql: Sql
) -> None:
    """The consumer may be faster than the publisher: it waits, says why, and goes on by itself."""
    await told(vhost, *range(1, 21))
    ingest = ConfirmedPublisher(vhost.url_of("ingest"), "test ingest")
    consumer = Consumer(vhost.url_of("registry"), store, "test", may_write=is_compared)
    async with running(ingest), running(consumer):
        await ingest.publish_all([message_of(notice) for notice in notices(5)])

        async def waits() -> bool:
            return "feed" in (consumer.readiness().detail or "")

        await eventually(waits)
        assert await sql.fetchval("SELECT count(*) FROM inbox") == 0
        async with publishing(vhost.url_of("registry"), database):
            await registered(sql, 26)
            events = await read_stream(vhost, lambda seen: 26 in seen)
        assert consumer.readiness().ok
    assert await sql.fetchval("SELECT array_agg(position ORDER BY position) FROM inbox") == list(
        range(22, 27)
    )
    assert [event["data"]["position"] for event in events if event["type"] == RESTORED_TYPE] == [21]


async def test_positions_behind_a_hole_were_seen_too(vhost: Vhost, database: str, sql: Sql) -> None:
    """Part of a chunk was lost before the restore: what lies above it was seen all the same."""
    await told(vhost, *range(1, 11), *range(13, 21))
    async with publishing(vhost.url_of("registry"), database):
        events = await read_stream(vhost, lambda seen: 21 in seen)
    assert (events[-1]["type"], events[-1]["data"]) == (RESTORED_TYPE, {"position": 21})
    assert await sql.fetchval("SELECT position FROM head") == 21


async def test_leave_is_asked_once_on_each_connection(store: Database, sql: Sql) -> None:
    """A connection that is new may lead to a server that was restored meanwhile."""
    asked: list[bool] = [False, True, True]

    async def next_answer(_connection: object) -> bool:
        return asked.pop(0)

    registrar = Registrar(store, may_write=next_answer)
    first, second, third = (delivered(notice) for notice in notices(3))
    with pytest.raises(HeadInDoubt):
        await registrar.register([first])
    await registrar.register([first])
    await registrar.register([second])
    assert asked == [True]
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(60):
        while asked:
            with suppress(DatabaseUnavailable):  # once, for the line that was lost
                await registrar.register([third])
    assert await sql.fetchval("SELECT count(*) FROM inbox") == 3
    await registrar.close()
