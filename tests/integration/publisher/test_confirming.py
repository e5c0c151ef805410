"""What is published is confirmed, whole and in order, or its sender is told that it is not."""

import asyncio

import pytest

from shared.problems import OutcomeUnknown
from tests.integration.publisher.conftest import (
    MESSAGE,
    is_sent,
    publishing,
    registry,
    take,
    works_again,
)
from tests.support.fault_proxy import FaultProxy
from tests.support.servers import Vhost

pytestmark = pytest.mark.usefixtures("patient")


async def test_published_message_is_persistent_and_says_what_it_is(vhost: Vhost) -> None:
    """An operator reads type and headers; a restarted broker still has the message."""
    async with publishing(vhost.url_of("ingest")) as publisher, registry(vhost) as arrived:
        await publisher.publish(MESSAGE)
        (message,) = await take(arrived, 1)
    assert message.delivery_mode == 2
    assert message.type == MESSAGE.type
    assert message.content_type == "application/cloudevents+json"
    assert message.headers["attempt"] == 1
    assert message.timestamp is not None


async def test_batch_arrives_whole_and_in_order_with_an_id_for_each_message(vhost: Vhost) -> None:
    """Two messages with one id would get each other's confirm; a batch is more than the window."""
    messages = [MESSAGE._replace(body=b"%d" % number) for number in range(1000)]
    async with publishing(vhost.url_of("ingest")) as publisher, registry(vhost) as arrived:
        await publisher.publish_all(messages)
        found = await take(arrived, len(messages))
    assert [message.body for message in found] == [message.body for message in messages]
    assert len({message.message_id for message in found}) == len(messages)


@pytest.mark.parametrize("size", [0, 1, 131_063, 131_064, 131_065, 262_144, 400_000])
async def test_body_of_any_size_arrives_unchanged(vhost: Vhost, size: int) -> None:
    """Bodies are cut into frames by us: around the frame's size is where that goes wrong."""
    body = bytes(number % 251 for number in range(size))
    async with publishing(vhost.url_of("ingest")) as publisher, registry(vhost) as arrived:
        await publisher.publish(MESSAGE._replace(body=body))
        await publisher.publish(MESSAGE)
        first, second = await take(arrived, 2)
    assert first.body == body
    assert second.body == MESSAGE.body


async def test_unroutable_message_is_not_taken_for_published(vhost: Vhost) -> None:
    """A queue that lost its binding must be a 503, not a 202; the channel goes on working."""
    async with publishing(vhost.amqp_url) as publisher, registry(vhost) as arrived:
        lost = publisher.publish(MESSAGE._replace(exchange="", routing_key="nobody"))
        kept = publisher.publish(MESSAGE)
        outcomes = await asyncio.gather(lost, kept, return_exceptions=True)
        await take(arrived, 1)
    assert isinstance(outcomes[0], OutcomeUnknown)
    assert outcomes[1] is None


async def test_missing_exchange_ends_the_channel_and_it_comes_back(vhost: Vhost) -> None:
    """The broker closes a channel for such a mistake; whoever publishes next must not pay for it for long."""
    async with publishing(vhost.url_of("ingest")) as publisher:
        await works_again(publisher)
        with pytest.raises(OutcomeUnknown):
            await publisher.publish(MESSAGE._replace(exchange="no such exchange"))
        await works_again(publisher)


async def test_stopping_waits_for_what_is_unconfirmed(proxy: FaultProxy, vhost: Vhost) -> None:
    """SIGTERM in the middle of a publish is no reason to leave its sender in doubt."""
    async with registry(vhost) as arrived:
        async with publishing(proxy.url) as publisher:
            await works_again(publisher)
            proxy.slow(0.3)
            sending = asyncio.create_task(publisher.publish(MESSAGE))
            await is_sent(publisher)
        await sending
        await take(arrived, 2)
