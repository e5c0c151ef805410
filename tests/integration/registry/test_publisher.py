"""Committed items reach the feed stream: every one, in order, whatever ends in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aio_pika
import msgspec
import pytest

from services.registry import leader
from services.registry.telling.publisher import FeedPublisher
from shared import streams
from shared.broker import ConfirmedPublisher
from shared.database import Database
from shared.notices.feed import ITEM_TYPE, RESTORED_TYPE
from tests.support.fault_proxy import fault_proxy
from tests.support.registry import connected
from tests.support.servers import Servers, Vhost, fresh_vhost
from tests.support.world import eventually

PATIENCE_SECONDS = 120


class Publishing(NamedTuple):
    """A publisher that runs."""

    publisher: FeedPublisher
    stop: asyncio.Event
    running: "asyncio.Task[Any]"

    async def end(self) -> None:
        """As SIGTERM would."""
        self.stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.running


@asynccontextmanager
async def publishing(amqp_url: str, database_url: str) -> AsyncIterator[Publishing]:
    """A publisher with its connection, until the block ends."""
    database = Database(database_url, "test leads", most_connections=1)
    confirmed = ConfirmedPublisher(amqp_url, "test publish feed")
    publisher = FeedPublisher(amqp_url, database, confirmed)
    stop, closing = asyncio.Event(), asyncio.Event()
    lines = asyncio.create_task(confirmed.run(closing))
    running = asyncio.create_task(publisher.run(stop))
    found = Publishing(publisher, stop, running)
    try:
        yield found
    finally:
        await found.end()
        closing.set()
        await lines
        await database.close()


async def write_items(database_url: str, first: int, last: int) -> None:
    """Items at these positions, as a registering transaction would commit them."""
    async with connected(database_url) as connection, connection.transaction():
        await connection.execute(
            """
            INSERT INTO feed_item (position, item)
            SELECT n, json_build_object('position', n, 'text', 'é') FROM generate_series($1::int, $2::int) n
            """,
            first,
            last,
        )
        await connection.execute("UPDATE head SET position = $1", last)


async def read_stream(vhost: Vhost, is_enough: Callable[[list[int]], bool]) -> list[dict[str, Any]]:
    """The stream's messages from its beginning, once their positions are enough."""
    found: list[dict[str, Any]] = []
    async with await aio_pika.connect(vhost.amqp_url) as connection, asyncio.timeout(PATIENCE_SECONDS):
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1000)
        queue = await channel.get_queue("feed")
        async with queue.iterator(arguments={"x-stream-offset": "first"}) as messages:
            async for message in messages:
                await message.ack()
                found.append(msgspec.json.decode(message.body))
                assert message.headers["position"] == found[-1]["data"]["position"]
                if is_enough([event["data"]["position"] for event in found]):
                    break
    return found


async def positions_up_to(vhost: Vhost, last: int) -> list[int]:
    """The stream's positions in their order, up to the first time that *last* is there with all before it."""
    events = await read_stream(vhost, lambda seen: last in seen and set(seen) >= set(range(1, last + 1)))
    return [event["data"]["position"] for event in events]


async def recorded(database_url: str) -> list[tuple[int, int]]:
    """The spans that are recorded as published."""
    async with connected(database_url) as connection:
        return [
            tuple(row) for row in await connection.fetch("SELECT first, last FROM publication ORDER BY last")
        ]


async def test_items_are_published_in_order_and_recorded(vhost: Vhost, database: str) -> None:
    """More than a chunk of them, as they were stored, each in its CloudEvent."""
    await write_items(database, 1, 700)
    async with publishing(vhost.url_of("registry"), database) as running:
        events = await read_stream(vhost, lambda seen: 700 in seen)
        await write_items(database, 701, 703)
        running.publisher.hand_over([])
        assert await positions_up_to(vhost, 703) == list(range(1, 704))
        assert running.publisher.readiness().ok
    assert events[0] == {
        "specversion": "1.0",
        "source": "/malha",
        "datacontenttype": "application/json",
        "type": ITEM_TYPE,
        "id": "1",
        "data": {"position": 1, "text": "é"},
    }
    spans = await recorded(database)
    assert (spans[0][0], spans[-1][1]) == (1, 703)


async def test_what_is_handed_over_is_told_and_what_is_missing_is_looked_up(
    vhost: Vhost, database: str
) -> None:
    """A short cut only: a hole in it, left by another process, is filled from the table, in order."""
    async with publishing(vhost.url_of("registry"), database) as running:
        running.publisher.hand_over([(at, f'{{"position":{at}}}') for at in (1, 2)])
        assert await positions_up_to(vhost, 2) == [1, 2]
        await write_items(database, 1, 6)
        running.publisher.hand_over([(at, f'{{"position":{at}}}') for at in (2, 4, 6)])
        assert await positions_up_to(vhost, 6) == [1, 2, 3, 4, 5, 6]


async def test_a_new_leader_goes_on_where_the_stream_ends(vhost: Vhost, database: str) -> None:
    """A clean end, then an end without any: nothing twice, nothing missing."""
    await write_items(database, 1, 300)
    async with publishing(vhost.url_of("registry"), database):
        await positions_up_to(vhost, 300)
    await write_items(database, 301, 600)
    async with publishing(vhost.url_of("registry"), database):
        assert await positions_up_to(vhost, 600) == list(range(1, 601))


async def test_a_commit_nobody_told_of_is_found(vhost: Vhost, database: str) -> None:
    """Signals are hints: another process may have registered it."""
    async with publishing(vhost.url_of("registry"), database):
        await write_items(database, 1, 1)
        assert await positions_up_to(vhost, 1) == [1]


async def test_one_of_two_publishers_leads_and_the_other_takes_over(vhost: Vhost, database: str) -> None:
    """Both are ready all the time; the second publishes when the first has ended."""
    async with publishing(vhost.url_of("registry"), database) as second:
        async with publishing(vhost.url_of("registry"), database) as first:
            await write_items(database, 1, 10)
            assert await positions_up_to(vhost, 10) == list(range(1, 11))
            assert first.publisher.readiness().ok
            assert second.publisher.readiness().ok
        await write_items(database, 11, 20)
        assert await positions_up_to(vhost, 20) == list(range(1, 21))


async def test_standing_by_is_ready_again_after_a_lost_session(vhost: Vhost, database: str) -> None:
    """PostgreSQL ends the session of the one that waits; it waits on, and says that all is well."""
    async with (
        publishing(vhost.url_of("registry"), database) as first,
        fault_proxy(database) as proxy,
    ):
        await write_items(database, 1, 1)
        await positions_up_to(vhost, 1)
        async with publishing(vhost.url_of("registry"), proxy.url) as second:

            async def stands_by() -> bool:
                return proxy.connections > 0 and second.publisher.readiness().ok

            async def says_so() -> bool:
                return not second.publisher.readiness().ok

            await eventually(stands_by, "the second stands by")
            proxy.cut()
            await eventually(says_so, "the second has lost its session")
            await eventually(stands_by, "the second stands by again")
        assert first.publisher.readiness().ok


async def test_a_cut_or_frozen_database_only_delays(vhost: Vhost, database: str) -> None:
    """The lock goes with the session; a leader that comes back begins anew where the stream ends."""
    async with fault_proxy(database) as proxy, publishing(vhost.url_of("registry"), proxy.url):
        await write_items(database, 1, 5)
        await positions_up_to(vhost, 5)
        proxy.cut()
        await write_items(database, 6, 10)
        await positions_up_to(vhost, 10)
        proxy.strand()
        await write_items(database, 11, 15)
        assert await positions_up_to(vhost, 15) == list(range(1, 16))


async def test_a_cut_or_frozen_broker_leaves_no_gap(vhost: Vhost, database: str) -> None:
    """What was not confirmed is published again: perhaps twice, never less, and never in another order."""
    async with fault_proxy(vhost.url_of("registry")) as proxy, publishing(proxy.url, database):
        for last in range(100, 1001, 100):
            await write_items(database, last - 99, last)
            proxy.cut()
        await positions_up_to(vhost, 1000)
        proxy.pause()
        await write_items(database, 1001, 1300)
        await asyncio.sleep(1)
        proxy.resume()
        positions = await positions_up_to(vhost, 1300)
    firsts = list(dict.fromkeys(positions))
    assert firsts == list(range(1, 1301))


async def test_a_database_older_than_the_feed_goes_on_above_it(vhost: Vhost, database: str) -> None:
    """After a restore no position is given a second time, and the readers are told."""
    await write_items(database, 1, 20)
    async with publishing(vhost.url_of("registry"), database):
        await positions_up_to(vhost, 20)
    async with connected(database) as connection:
        await connection.execute("DELETE FROM feed_item WHERE position > 15")
        await connection.execute("UPDATE head SET position = 15")
    async with publishing(vhost.url_of("registry"), database):
        events = await read_stream(vhost, lambda seen: 21 in seen)
        assert (events[-1]["type"], events[-1]["data"]) == (RESTORED_TYPE, {"position": 21})
        async with connected(database) as connection:
            assert await connection.fetchval("SELECT position FROM head") == 21
        await write_items(database, 22, 22)
        assert await positions_up_to(vhost, 22) == list(range(1, 23))


async def test_a_new_brokers_stream_is_filled_anew(
    servers: Servers, vhost: Vhost, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The move to another broker: its stream is empty, and what was told before is told there.

    The stream is given longer to show what it has than PostgreSQL gives a lead that is silent; one that is
    lost for all that begins anew, and may tell twice.
    """
    monkeypatch.setattr(leader, "_IDLE_SECONDS", 1)
    monkeypatch.setattr(leader, "POLL_SECONDS", 0.2)
    monkeypatch.setattr(streams, "_FIRST_SECONDS", 3.0)
    await write_items(database, 1, 20)
    async with publishing(vhost.url_of("registry"), database):
        await positions_up_to(vhost, 20)

        async def is_recorded() -> bool:
            return await recorded(database) == [(1, 20)]

        await eventually(is_recorded, "it is known that they were told")
    async with fresh_vhost(servers) as other, publishing(other.url_of("registry"), database):
        positions = await positions_up_to(other, 20)
    assert list(dict.fromkeys(positions)) == list(range(1, 21))
