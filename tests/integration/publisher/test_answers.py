"""Whoever asks by a message gets its own answer, or is told soon that there is none."""

import asyncio

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from shared.broker import ConfirmedPublisher
from tests.integration.publisher.conftest import MESSAGE, PATIENCE_SECONDS, publishing, works_again
from tests.support.fault_proxy import FaultProxy
from tests.support.servers import Vhost

pytestmark = pytest.mark.usefixtures("patient")


async def test_answer_comes_back_to_whoever_asked(vhost: Vhost) -> None:
    """Direct reply-to: each of many askers gets its own answer, and none for what nobody answers."""
    async with publishing(vhost.url_of("ingest"), replies=True) as publisher:
        asking = [
            asyncio.create_task(publisher.ask(MESSAGE._replace(body=b"%d" % number), PATIENCE_SECONDS))
            for number in range(20)
        ]
        connection = await aio_pika.connect(vhost.url_of("registry"), timeout=PATIENCE_SECONDS)
        async with connection:
            channel = await connection.channel()
            queue = await channel.get_queue("registry.live", ensure=False)

            async def answer(message: AbstractIncomingMessage) -> None:
                reply = aio_pika.Message(b"re " + message.body, correlation_id=message.correlation_id)
                await channel.default_exchange.publish(reply, message.reply_to or "", mandatory=False)

            tag = await queue.consume(answer, no_ack=True)
            answers = await asyncio.gather(*asking)
            await queue.cancel(tag)
            assert answers == [b"re %d" % number for number in range(20)]
            assert await publisher.ask(MESSAGE, 0.3) is None
        assert not publisher._answers


async def asked(publisher: ConfirmedPublisher) -> asyncio.Task[bytes | None]:
    """Somebody whose message is confirmed, and who waits an hour for what comes back."""
    confirmed = asyncio.Event()
    asking = asyncio.create_task(publisher.ask(MESSAGE, 3600, confirmed.set))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await confirmed.wait()
    return asking


async def test_ending_process_lets_nobody_wait_for_an_answer(vhost: Vhost) -> None:
    """What was published is accepted; whoever waited for more is told so at once."""
    async with publishing(vhost.url_of("ingest"), replies=True) as publisher:
        asking = await asked(publisher)
        publisher.hurry()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await asking is None
            assert await publisher.ask(MESSAGE, 3600) is None


async def test_lost_connection_ends_the_wait_for_an_answer(proxy: FaultProxy) -> None:
    """The answer would go to a channel that is no more: say "not yet known" at once, not much later."""
    async with publishing(proxy.url, replies=True) as publisher:
        await works_again(publisher)
        asking = await asked(publisher)
        proxy.cut()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await asking is None
