"""Following the directory: the highest version rules, whatever else lies in the stream and on its way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from shared.accounts import ApiKey
from shared.directory import Delegation, Directory, DirectoryFollower
from shared.problems import Unavailable
from tests.support.fault_proxy import fault_proxy
from tests.support.house import directory, known, message_of, publish_directory, publish_to_directory
from tests.support.servers import Vhost


@asynccontextmanager
async def following(url: str) -> AsyncIterator[DirectoryFollower]:
    """A running follower."""
    follower = DirectoryFollower(url, "test", "test")
    stop = asyncio.Event()
    running = asyncio.create_task(follower.run(stop))
    try:
        yield follower
    finally:
        stop.set()
        async with asyncio.timeout(60):
            await running


async def until(follower: DirectoryFollower, holds: Callable[[Directory], bool]) -> Directory:
    """The first version of which *holds* is true, within a minute."""
    found: asyncio.Future[Directory] = asyncio.get_running_loop().create_future()

    def look(told: Directory) -> None:
        if holds(told) and not found.done():
            found.set_result(told)

    follower.on_change(look)
    async with asyncio.timeout(60):
        return await found


async def test_highest_version_of_the_stream_rules(vhost: Vhost) -> None:
    """Two registries may publish in the wrong order; a reader takes the highest version."""
    await publish_directory(vhost.amqp_url, directory(1), directory(3), directory(2))
    async with following(vhost.url_of("notifier")) as follower:
        assert (await follower.wait_read(60)).version == 3
        assert follower.readiness().ok


async def test_older_versions_never_rule_on_the_way_to_the_newest(vhost: Vhost) -> None:
    """A key revoked in the last of many versions must not be valid for the moment of catching up."""
    await publish_directory(vhost.amqp_url, *(directory(number) for number in range(1, 200)))
    ruled: list[int] = []
    async with following(vhost.url_of("ingest")) as follower:
        follower.on_change(lambda told: ruled.append(told.version))
        await follower.wait_read(60)
    assert ruled == [199]


async def test_change_arrives_while_following(vhost: Vhost) -> None:
    """A revoked key is dead everywhere in a moment."""
    key = ApiKey.issue("test")
    await publish_directory(vhost.amqp_url, directory(1, known(key, "3106200")))
    async with following(vhost.url_of("registry")) as follower:
        assert not (await follower.wait_read(60)).key_by_id[key.id].revoked
        await publish_directory(vhost.amqp_url, directory(2, known(key, "3106200", revoked=True)))
        assert (await until(follower, lambda told: told.version == 2)).key_by_id[key.id].revoked


async def test_nothing_published_yet_is_said_and_is_not_an_empty_directory(vhost: Vhost) -> None:
    """An ingest that took an empty stream for "no keys" would answer 401 where 503 is due."""
    async with following(vhost.url_of("ingest")) as follower:
        with pytest.raises(TimeoutError):
            await follower.wait_read(1)
        with pytest.raises(Unavailable):
            follower.require()
        assert "has not published" in (follower.readiness().detail or "")
        await publish_directory(vhost.amqp_url, directory(1))
        assert (await follower.wait_read(60)).version == 1


async def test_junk_and_the_other_environment_are_passed_over(vhost: Vhost) -> None:
    """Whatever somebody put into the stream by hand must not stop or mislead who reads it."""
    foreign = message_of(directory(9, environment="live"))
    await publish_to_directory(
        vhost.amqp_url, b"junk", b"{}", b'{"type":"br.malha.directory.v1","data":7}', foreign
    )
    await publish_directory(vhost.amqp_url, directory(1))
    deep = b'{"type":"br.malha.directory.v1","data":' + b"[" * 100_000
    await publish_to_directory(vhost.amqp_url, b"\xff", deep)
    async with following(vhost.url_of("ingest")) as follower:
        assert (await follower.wait_read(60)).version == 1


async def test_follows_on_after_the_line_was_cut(vhost: Vhost) -> None:
    """A directory that is known stays in use while the broker is away, and changes afterwards arrive."""
    await publish_directory(vhost.amqp_url, directory(1))
    async with fault_proxy(vhost.url_of("ingest")) as proxy, following(proxy.url) as follower:
        await follower.wait_read(60)
        proxy.refuse()
        proxy.cut()
        await publish_directory(vhost.amqp_url, directory(2))
        assert follower.require().version == 1
        assert follower.readiness().ok
        await proxy.accept()
        await until(follower, lambda told: told.version == 2)
        proxy.cut()
        await publish_directory(vhost.amqp_url, directory(3))
        await until(follower, lambda told: told.version == 3)


async def test_delegations_are_found_by_who_may_speak(vhost: Vhost) -> None:
    """A vendor's key asks for whom it may speak."""
    granted = Delegation("3106200", "org-fornecedor", ("agreement.signed",))
    await publish_directory(vhost.amqp_url, directory(1, delegations=(granted,)))
    async with following(vhost.url_of("ingest")) as follower:
        told = await follower.wait_read(60)
    assert told.delegations_by_delegate == {"org-fornecedor": (granted,)}
    assert told.member_by_id["3106200"].name == "Belo Horizonte"
