"""The definitions file, held against a real broker: what flows, and what is bounded."""

import asyncio

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage
from aiormq.exceptions import DeliveryError

from shared import topology
from tests.support.broker import channel_of, manage, override, publish, read_stream, take
from tests.support.servers import Vhost


async def test_applying_twice_changes_nothing(vhost: Vhost) -> None:
    """An operator may run `malha topology apply` whenever in doubt; passwords stay too."""
    await topology.apply(vhost.management_url, vhost.name)
    assert await topology.check(vhost.management_url, vhost.name) == []
    async with channel_of(vhost.url_of("ingest")) as channel:
        await publish(channel, "notices", "live.3106200.agreement.signed")


async def test_what_was_changed_by_hand_is_named_and_put_right(vhost: Vhost) -> None:
    """The file is the truth; a lost binding, a changed policy and a lost queue are told apart."""
    name = vhost.name
    await manage(vhost, "DELETE", f"bindings/{name}/e/notices/q/registry.live/live.%23")
    await manage(vhost, "DELETE", f"queues/{name}/registry.parked")
    await manage(
        vhost,
        "PUT",
        f"policies/{name}/feed",
        {"pattern": "^feed$", "apply-to": "queues", "definition": {"max-age": "1D"}},
    )
    differences = await topology.check(vhost.management_url, name)
    assert {(found.kind, found.name) for found in differences} == {
        ("bindings", "notices -live.#-> registry.live"),
        ("bindings", "registry.parked --> registry.parked"),
        ("queues", "registry.parked"),
        ("policies", "feed"),
    }
    bound = await topology.bound_queues(vhost.management_url_of("ingest"), name)
    assert topology.HOME_QUEUES - bound == {"registry.live"}

    await topology.apply(vhost.management_url, name)
    assert await topology.check(vhost.management_url, name) == []
    assert await topology.bound_queues(vhost.management_url_of("ingest"), name) >= topology.HOME_QUEUES


@pytest.mark.parametrize(("prefix", "queue"), [("live", "registry.live"), ("backfill", "registry.backfill")])
async def test_a_notice_goes_to_its_queue_and_to_the_journal(vhost: Vhost, prefix: str, queue: str) -> None:
    """History has a queue of its own; the journal keeps both."""
    async with channel_of(vhost.url_of("ingest")) as ingest:
        await publish(ingest, "notices", f"{prefix}.org-fiemg.agreement.signed", b"told")
    async with channel_of(vhost.url_of("registry")) as registry:
        message = await take(registry, queue)
        assert message.body == b"told"
        await message.ack()
        kept = await read_stream(registry, "notices.journal")
        assert kept.body == b"told"


@pytest.mark.parametrize("home", sorted(topology.HOME_QUEUES))
async def test_a_delayed_notice_returns_to_its_home_queue(vhost: Vhost, home: str) -> None:
    """One waiting queue serves two homes: the key it came with is the queue it returns to."""
    await override(vhost, "registry.retry", message_ttl=300)
    async with channel_of(vhost.url_of("registry")) as registry:
        await publish(registry, "registry.delay", home, b"later")
        message = await take(registry, home)
        assert message.body == b"later"
        await message.ack()


async def test_thirty_seconds_is_the_delay(vhost: Vhost) -> None:
    """What is delayed is gone from sight until then, and is not in its home queue at once."""
    [policy] = [p for p in topology.definitions(vhost.name)["policies"] if p["name"] == "registry.retry"]
    assert policy["definition"]["message-ttl"] == 30_000
    async with channel_of(vhost.url_of("registry")) as registry:
        await publish(registry, "registry.delay", "registry.live")
        with pytest.raises(TimeoutError):
            await take(registry, "registry.live", seconds=0.5)


@pytest.mark.parametrize("home", sorted(topology.HOME_QUEUES))
async def test_the_last_resort_is_the_dead_queue(vhost: Vhost, home: str) -> None:
    """A message that is returned too often is set aside, not dropped."""
    await override(vhost, home, delivery_limit=2)
    async with channel_of(vhost.url_of("registry")) as registry:
        await publish(registry, "", home, b"poison")
        for _ in range(3):
            await (await take(registry, home)).nack(requeue=True)
    async with channel_of(vhost.url_of("operator")) as operator:
        message = await take(operator, "registry.dead")
        assert message.body == b"poison"
        await message.ack()


async def test_dead_lettering_waits_until_the_dead_queue_takes_it(vhost: Vhost) -> None:
    """At least once: what cannot be set aside now stays where it is, and arrives when there is room."""
    await override(vhost, "registry.live", delivery_limit=1)
    await manage(vhost, "DELETE", f"bindings/{vhost.name}/e/registry.dead/q/registry.dead/~")
    async with channel_of(vhost.url_of("registry")) as registry:
        await publish(registry, "", "registry.live", b"kept")
        for _ in range(2):
            await (await take(registry, "registry.live")).nack(requeue=True)
        await asyncio.sleep(0.5)
    await topology.apply(vhost.management_url, vhost.name)
    async with channel_of(vhost.url_of("operator")) as operator:
        # RabbitMQ tries again every three minutes; test servers are told to hurry.
        message = await take(operator, "registry.dead", seconds=60)
        assert message.body == b"kept"
        await message.ack()


@pytest.mark.parametrize("home", sorted(topology.HOME_QUEUES))
async def test_a_full_queue_refuses(vhost: Vhost, home: str) -> None:
    """A refusal becomes a 503; a silent drop would break a 202."""
    await override(vhost, home, max_length_bytes=1_000)
    key = f"{home.removeprefix('registry.')}.3106200.agreement.signed"
    async with channel_of(vhost.url_of("ingest")) as ingest:
        refused = 0
        for _ in range(50):
            try:
                await publish(ingest, "notices", key, b"x" * 500)
            except DeliveryError:
                refused += 1
        assert refused > 0


async def test_an_operator_parks_and_replays(vhost: Vhost) -> None:
    """The two moves that operations need, with no right to write anywhere else."""
    async with channel_of(vhost.url_of("operator")) as operator:
        await publish(operator, "registry.parked", "", b"aside")
        message = await take(operator, "registry.parked")
        await publish(operator, "registry.retry", "registry.live", message.body)
        await message.ack()
    async with channel_of(vhost.url_of("registry")) as registry:
        assert (await take(registry, "registry.live")).body == b"aside"


async def test_a_question_is_answered_through_direct_reply_to(vhost: Vhost) -> None:
    """The asking side needs no read permission at all; the answering side writes to the default exchange."""
    async with channel_of(vhost.url_of("ingest")) as ingest, channel_of(vhost.url_of("registry")) as registry:
        answers: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        replies = await ingest.get_queue("amq.rabbitmq.reply-to", ensure=False)
        await replies.consume(answers.put, no_ack=True)
        notices = await ingest.get_exchange("notices", ensure=False)
        question = aio_pika.Message(b"?", reply_to="amq.rabbitmq.reply-to", delivery_mode=2)
        await notices.publish(question, "live.3106200.agreement.signed", timeout=60)

        asked = await take(registry, "registry.live")
        assert asked.reply_to is not None
        await registry.default_exchange.publish(aio_pika.Message(b"!"), asked.reply_to, mandatory=False)
        await asked.ack()
        async with asyncio.timeout(60):
            assert (await answers.get()).body == b"!"


async def test_the_registry_tells_and_the_notifier_hears(vhost: Vhost) -> None:
    """Feed and directory: one writes, the others read."""
    async with channel_of(vhost.url_of("registry")) as registry:
        await publish(registry, "", "feed", b"item")
        await publish(registry, "", "directory", b"everybody")
    async with channel_of(vhost.url_of("notifier")) as notifier:
        assert (await read_stream(notifier, "feed")).body == b"item"
    for user in ("ingest", "notifier", "registry"):
        async with channel_of(vhost.url_of(user)) as reader:
            assert (await read_stream(reader, "directory")).body == b"everybody"
