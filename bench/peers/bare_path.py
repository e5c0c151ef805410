"""The bare path: publish, consume, commit, publish, consume, with nothing in between.

What any service that promises durability has to pay: a confirmed publish to a quorum queue, a consumer,
one row committed by PostgreSQL, a confirmed publish to a stream, and a reader of that stream.
"""

import asyncio
import time
from collections.abc import Iterable

import aio_pika
import asyncpg
from aio_pika.abc import AbstractIncomingMessage

ROW = "INSERT INTO bare_path (id, body) VALUES ($1, $2)"


async def bare_path_latencies(
    amqp_url: str, database_url: str, bodies: Iterable[bytes], per_second: int
) -> list[float]:
    """Send *bodies* at *per_second*; return the seconds from publishing to being read, one for each."""
    database = await asyncpg.connect(database_url)
    await database.execute("CREATE TABLE IF NOT EXISTS bare_path (id text PRIMARY KEY, body bytea NOT NULL)")
    await database.execute("TRUNCATE bare_path")
    connections = [await aio_pika.connect(amqp_url) for _ in range(4)]
    entrance, middle, way_out, reader = [
        await connection.channel(publisher_confirms=True) for connection in connections
    ]
    queue = await entrance.declare_queue("bare.queue", durable=True, arguments={"x-queue-type": "quorum"})
    stream = await entrance.declare_queue("bare.stream", durable=True, arguments={"x-queue-type": "stream"})
    started: dict[str, float] = {}
    arrived: dict[str, float] = {}

    async def register(message: AbstractIncomingMessage) -> None:
        async with database.transaction():
            await database.execute(ROW, message.message_id, message.body)
        await message.ack()
        await way_out.default_exchange.publish(
            aio_pika.Message(message.body, message_id=message.message_id, delivery_mode=2),
            "bare.stream",
        )

    turn = asyncio.Lock()

    async def take(message: AbstractIncomingMessage) -> None:
        async with turn:
            await register(message)

    async def read(message: AbstractIncomingMessage) -> None:
        arrived[str(message.message_id)] = time.perf_counter()
        await message.ack()

    await middle.set_qos(prefetch_count=500)
    await (await middle.get_queue(queue.name)).consume(take)
    await reader.set_qos(prefetch_count=500)
    await (await reader.get_queue(stream.name)).consume(read, arguments={"x-stream-offset": "next"})
    await asyncio.sleep(1)

    async def send(name: str, body: bytes) -> None:
        started[name] = time.perf_counter()
        message = aio_pika.Message(body, message_id=name, delivery_mode=2)
        await entrance.default_exchange.publish(message, "bare.queue")

    begin = time.perf_counter()
    sending = []
    for number, body in enumerate(bodies):
        await asyncio.sleep(max(0.0, begin + number / per_second - time.perf_counter()))
        sending.append(asyncio.create_task(send(f"bare-{begin}-{number}", body)))
    await asyncio.gather(*sending)
    async with asyncio.timeout(30):
        while len(arrived) < len(started):  # noqa: ASYNC110 a bench polls; nothing signals from outside
            await asyncio.sleep(0.01)
    await queue.delete(if_unused=False, if_empty=False)
    await stream.delete(if_unused=False, if_empty=False)
    for connection in connections:
        await connection.close()
    await database.close()
    return [arrived[name] - started[name] for name in started]
