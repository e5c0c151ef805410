"""A notice that cannot be handled costs its neighbours nothing: neither their place nor their time."""

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiormq.abc import DeliveredMessage

from services.registry.taking import consumer, reading
from services.registry.taking.consumer import Consumer
from services.registry.writing.drafting import Registered
from services.registry.writing.outcome import Outcome
from services.registry.writing.registrar import Registrar, UnknownMember
from shared.broker import ConfirmedPublisher, Message
from shared.database import Database
from shared.notices.envelope import Delivery, InvalidDelivery, Notice, encode_delivery
from tests.support.broker import channel_of, override
from tests.support.laid import NOBODY
from tests.support.parts import running
from tests.support.registered import Sql, delivered, require_sound
from tests.support.servers import Vhost
from tests.support.told import signed
from tests.support.world import eventually

NEIGHBOURS, POISON = 1_000, 100
BATCH = 250


class Counting(Registrar):
    """Counts its transactions."""

    transactions = 0

    async def _register(self, deliveries: Sequence[Delivery], attempt: str | None) -> list[Outcome]:
        self.transactions += 1
        return await super()._register(deliveries, attempt)


def agreements(count: int, **changes: Any) -> list[Notice]:
    """That many agreements, each told once."""
    return [msgspec.structs.replace(signed(), id=f"n-{n}", subject=f"n/{n}", **changes) for n in range(count)]


def message_of(notice: Notice, body: bytes | None = None) -> Message:
    """*notice* as ingest publishes it; or something else in its place."""
    return Message(
        exchange="notices",
        routing_key=f"live.{notice.member}.agreement.signed",
        body=encode_delivery(delivered(notice)) if body is None else body,
        headers={
            "member": notice.member,
            "source": notice.source,
            "id": notice.id,
            "protocol": notice.protocol,
        },
        type=notice.type,
    )


def junk(number: int) -> Message:
    """What somebody put into the queue by hand."""
    return message_of(signed(), b"junk %d" % number)


def failing(number: int) -> Message:
    """A notice that fails for a reason of its own, however often it is tried."""
    stranger = msgspec.structs.replace(signed(), member=NOBODY, id=f"p-{number}")
    return message_of(stranger)


async def test_one_bad_notice_costs_a_batch_a_few_transactions(store: Database, sql: Sql) -> None:
    """Its batch is halved until it is alone: the other 249 are not registered one by one."""
    told = [delivered(notice) for notice in agreements(BATCH)]
    told[117] = delivered(msgspec.structs.replace(signed(), member=NOBODY, id="p"))
    registrar = Counting(store)
    outcomes = await registrar.register(told)
    await registrar.close()
    assert [number for number, one in enumerate(outcomes) if not isinstance(one, Registered)] == [117]
    assert isinstance(outcomes[117], UnknownMember)
    positions = [one.position for one in outcomes if isinstance(one, Registered)]
    assert positions == list(range(1, BATCH))
    assert registrar.transactions <= 2 * math.ceil(math.log2(BATCH)) + 1
    await require_sound(sql)


@pytest.mark.parametrize("poison", [junk, failing])
async def test_poison_under_load_leaves_its_neighbours_alone(
    vhost: Vhost, store: Database, sql: Sql, poison: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in eleven is bad: the others are registered, each the first time that it is handed over."""
    again: list[str] = []

    def watched(message: DeliveredMessage, environment: str) -> Delivery | InvalidDelivery:
        if message.redelivered:
            again.append(str(message.header.properties.message_id))
        return reading.read_delivery(message, environment)

    monkeypatch.setattr(consumer, "reading", SimpleNamespace(**vars(reading) | {"read_delivery": watched}))
    await override(vhost, "registry.retry", message_ttl=3_600_000)  # nothing comes back before it is counted
    told = [message_of(notice) for notice in agreements(NEIGHBOURS)]
    for number in range(POISON):
        told.insert(number * (NEIGHBOURS // POISON + 1), poison(number))
    door = ConfirmedPublisher(vhost.url_of("ingest"), "test ingest")
    async with running(door), running(Consumer(vhost.url_of("registry"), store, "test")):
        for first in range(0, len(told), BATCH):
            await door.publish_all(told[first : first + BATCH])

        async def is_done() -> bool:
            return bool(await sql.fetchval("SELECT position >= $1 FROM head", NEIGHBOURS))

        await eventually(is_done, "the neighbours are registered", 180)

        async def is_empty() -> bool:
            return await waiting(vhost, "registry.live") == 0

        await eventually(is_empty, "nothing waits")
    assert again == []
    assert await sql.fetchval("SELECT count(*) FROM inbox") == NEIGHBOURS
    assert await sql.fetchval("SELECT count(*) FROM attempt") == 0
    set_aside = [await waiting(vhost, f"registry.{name}") for name in ("live", "dead", "retry")]
    assert set_aside == ([0, POISON, 0] if poison is junk else [0, 0, POISON])
    await require_sound(sql)


async def waiting(vhost: Vhost, queue: str) -> int:
    """How many messages nobody holds."""
    async with channel_of(vhost.amqp_url) as channel:
        return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0
