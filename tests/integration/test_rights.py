"""Who may do what with the broker: no more than their part."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused
from yarl import URL

from shared import topology
from tests.support.broker import channel_of, publish
from tests.support.servers import Vhost

SERVICES = ("ingest", "registry", "notifier", "operator")

Act = Callable[[AbstractChannel], Awaitable[object]]


def writes(exchange: str, key: str) -> Act:
    """Publishing to *exchange*."""
    return lambda channel: publish(channel, exchange, key)


def reads(queue: str) -> Act:
    """Consuming from *queue*."""

    async def act(channel: AbstractChannel) -> None:
        await channel.set_qos(prefetch_count=1)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await (await channel.get_queue(queue, ensure=False)).consume(arrived.put, timeout=60)

    return act


def declares(queue: str) -> Act:
    """Making a queue."""
    return lambda channel: channel.declare_queue(queue, durable=True, timeout=60)


def purges(queue: str) -> Act:
    """Emptying *queue*."""

    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).purge(timeout=60)

    return act


def binds(queue: str, exchange: str) -> Act:
    """Leading *exchange* into *queue*."""

    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).bind(exchange, "#", timeout=60)

    return act


FORBIDDEN = [
    *[(user, declares("somewhere")) for user in SERVICES],
    *[(user, binds("registry.live", "notices")) for user in SERVICES],
    *[("ingest", reads(q)) for q in ("registry.live", "registry.dead", "notices.journal", "feed")],
    *[("ingest", writes("", q)) for q in ("registry.live", "feed", "directory")],
    *[("ingest", writes(x, "registry.live")) for x in ("registry.delay", "registry.retry", "registry.dead")],
    ("ingest", purges("registry.live")),
    ("registry", writes("notices", "live.a.b.c")),
    ("registry", reads("registry.retry")),
    ("registry", purges("registry.retry")),
    *[("notifier", writes(x, "feed")) for x in ("", "notices", "registry.dead")],
    *[("notifier", reads(q)) for q in ("registry.live", "notices.journal", "registry.dead")],
    *[("operator", writes(x, "feed")) for x in ("", "notices", "registry.delay")],
    *[("operator", reads(q)) for q in ("registry.live", "registry.backfill", "feed", "directory")],
    ("operator", purges("registry.live")),
]


@pytest.mark.parametrize(("user", "act"), FORBIDDEN)
async def test_nobody_may_do_more_than_their_part(vhost: Vhost, user: str, act: Act) -> None:
    """A stolen password of one service opens one door."""
    async with channel_of(vhost.url_of(user)) as channel:
        with pytest.raises(ChannelAccessRefused):
            await act(channel)


@pytest.mark.parametrize("user", SERVICES)
async def test_everybody_may_look_without_touching(vhost: Vhost, user: str) -> None:
    """Services declare passively: a name is looked up, never made."""
    async with channel_of(vhost.url_of(user)) as channel:
        for queue in topology.definitions(vhost.name)["queues"]:
            await channel.declare_queue(queue["name"], passive=True, timeout=60)
        await channel.declare_exchange("notices", passive=True, timeout=60)


async def test_an_operator_sees_the_whole_virtual_host(vhost: Vhost) -> None:
    """The management pages are the operator's window; looking needs no permission on the queues."""
    url = URL(vhost.management_url_of("operator"))
    credentials = aiohttp.encode_basic_auth(str(url.user), str(url.password))
    async with (
        aiohttp.ClientSession(url.origin(), headers={"Authorization": credentials}) as http,
        http.get(f"/api/queues/{vhost.name}") as answer,
    ):
        names = {queue["name"] for queue in await answer.json()}
    assert names == {queue["name"] for queue in topology.definitions(vhost.name)["queues"]}
