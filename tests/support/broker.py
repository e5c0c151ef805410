"""Short ways to say what a test does with a broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

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
