"""Short ways to say what a test does with a broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import aiohttp
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from yarl import URL

from shared import topology
from tests.support.servers import PASSWORDS, Vhost

PATIENCE_SECONDS = 60.0
"""So long may a busy machine take over anything that is sure to come."""


@asynccontextmanager
async def channel_of(url: str) -> AsyncIterator[AbstractChannel]:
    """A channel with confirms whose unroutable messages raise."""
    connection = await aio_pika.connect(url, timeout=PATIENCE_SECONDS)
    async with connection:
        yield await connection.channel(on_return_raises=True)


async def publish(channel: AbstractChannel, exchange: str, key: str, body: bytes = b"{}") -> None:
    """Publish and wait for the confirm; no exchange is the default one."""
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(aio_pika.Message(body, delivery_mode=2), key, timeout=PATIENCE_SECONDS)


async def lose_queue(vhost: Vhost, name: str) -> None:
    """Delete the queue or stream *name* with all that it holds, and declare it again."""
    async with channel_of(vhost.amqp_url) as channel:
        await channel.queue_delete(name)
    await topology.apply(vhost.management_url, vhost.name, PASSWORDS)


async def take(
    channel: AbstractChannel, name: str, seconds: float = PATIENCE_SECONDS
) -> AbstractIncomingMessage:
    """The next message of queue *name*."""
    queue = await channel.get_queue(name, ensure=False)
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    await channel.set_qos(prefetch_count=1)
    tag = await queue.consume(arrived.put, timeout=PATIENCE_SECONDS)
    async with asyncio.timeout(seconds):
        message = await arrived.get()
    await queue.cancel(tag, timeout=PATIENCE_SECONDS)
    return message


async def read_stream(channel: AbstractChannel, name: str) -> AbstractIncomingMessage:
    """The first message of stream *name*."""
    await channel.set_qos(prefetch_count=10)
    queue = await channel.get_queue(name, ensure=False)
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    await queue.consume(arrived.put, arguments={"x-stream-offset": "first"})
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await arrived.get()


async def manage(vhost: Vhost, method: str, path: str, body: object = None) -> Any:
    """What the management API answers to an administrator; nothing if it answers without a word."""
    url = URL(vhost.management_url)
    credentials = aiohttp.encode_basic_auth(str(url.user), str(url.password))
    async with (
        aiohttp.ClientSession(url.origin(), headers={"Authorization": credentials}) as http,
        http.request(method, URL(f"/api/{path}", encoded=True), json=body) as answer,
    ):
        assert answer.ok, await answer.text()
        return await answer.json() if await answer.read() else None


async def override(vhost: Vhost, queue: str, **changes: object) -> None:
    """Let a stronger policy with *changes* stand over the checked-in one of *queue*."""
    [policy] = [item for item in topology.definitions(vhost.name)["policies"] if item["name"] == queue]
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    body = {
        "pattern": policy["pattern"],
        "apply-to": "queues",
        "priority": 9,
        "definition": policy["definition"] | changed,
    }
    await manage(vhost, "PUT", f"policies/{vhost.name}/sooner", body)
