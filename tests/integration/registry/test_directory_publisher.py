"""The directory reaches every service: whole, in versions, and never an older one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date

from services.registry.network import delegations, keys
from services.registry.network.directory import DirectoryPublisher
from shared.broker import ConfirmedPublisher
from shared.database import Database
from shared.directory import STREAM, Delegation, Directory, DirectoryFollower
from shared.notices.canonical import base64url
from tests.support.broker import lose_queue
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, connected
from tests.support.servers import Vhost

PATIENCE_SECONDS = 90


@asynccontextmanager
async def following(vhost: Vhost, database_url: str) -> AsyncIterator[DirectoryFollower]:
    """A registry's publisher and its follower, until the block ends."""
    url = vhost.url_of("registry")
    database = Database(database_url, "test leads", most_connections=1)
    confirmed = ConfirmedPublisher(url, "test publish directory")
    follower = DirectoryFollower(url, "registry", "test")
    publisher = DirectoryPublisher("test", database, confirmed, follower)
    stop = asyncio.Event()
    running = [asyncio.create_task(part.run(stop)) for part in (follower, confirmed, publisher)]
    try:
        yield follower
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*running)
        await database.close()


async def until(follower: DirectoryFollower, holds: Callable[[Directory], bool]) -> Directory:
    """The directory that the stream holds, once *holds* is true of it."""
    news = asyncio.Event()
    follower.on_change(lambda _: news.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while follower.current is None or not holds(follower.current):
            news.clear()
            await news.wait()
    return follower.current


async def test_whoever_may_speak_is_known_to_all_in_a_moment(vhost: Vhost, database: str) -> None:
    """Members, keys and delegations, by digest and id; a revoked key stays in it, as revoked."""
    async with connected(database) as connection, following(vhost, database) as follower:
        first = await until(follower, lambda known: len(known.members) == 854)
        assert first.member_by_id[BELO_HORIZONTE].name == "Belo Horizonte"
        key = await keys.issue_key(connection, "test", BELO_HORIZONTE, "member", "")
        today = date(2026, 11, 22)
        await delegations.delegate(
            connection, BELO_HORIZONTE, UBERLANDIA, ["a", "b"], date(2027, 1, 1), today=today
        )
        known = await until(follower, lambda known: bool(known.delegations))
        assert known.version > first.version
        assert known.key_by_id[key.id].digest == base64url(key.digest)
        assert known.delegations == (
            Delegation(BELO_HORIZONTE, UBERLANDIA, facts=("a", "b"), until=date(2027, 1, 1)),
        )
        await keys.revoke_key(connection, key.id)
        assert (await until(follower, lambda known: known.key_by_id[key.id].revoked)).version > known.version


async def test_a_stream_that_was_lost_gets_the_directory_again(vhost: Vhost, database: str) -> None:
    """RabbitMQ lost its data while the registry runs: who starts now must not wait for the next change."""
    async with following(vhost, database) as follower:
        known = await until(follower, lambda _: True)
        await lose_queue(vhost, STREAM)
        newcomer = DirectoryFollower(vhost.url_of("ingest"), "ingest", "test")
        stop = asyncio.Event()
        running = asyncio.create_task(newcomer.run(stop))
        assert (await newcomer.wait_read(PATIENCE_SECONDS)).version == known.version
        stop.set()
        await running


async def test_a_restored_database_raises_its_version(vhost: Vhost, database: str) -> None:
    """Readers keep the highest version: a lower one would never be heard."""
    async with connected(database) as connection:
        await connection.execute("UPDATE directory SET version = 1000")
        async with following(vhost, database) as follower:
            await until(follower, lambda known: known.version == 1000)
        await connection.execute("UPDATE directory SET version = 7")
        async with following(vhost, database) as follower:
            await until(follower, lambda known: known.version > 1000)
