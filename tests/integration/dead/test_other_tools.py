"""What RabbitMQ's own tools moved there and back is as good as before."""

import base64
from typing import Any

import pytest

from services.registry.dead import orders
from services.registry.dead.carrying import Orders
from services.registry.dead.letters import DEAD, PARKED
from services.registry.taking.consumer import Consumer
from shared.database import Database
from tests.support.broker import channel_of, manage
from tests.support.laid import body_of, failed, ids_in, lay, lying
from tests.support.parts import running
from tests.support.registered import Sql, require_sound
from tests.support.servers import Vhost
from tests.support.told import MEMBER
from tests.support.world import eventually


async def shovel(vhost: Vhost, source: str, goal: str, count: int) -> None:
    """Move everything, as the page's "Move messages" does."""
    at = f"{vhost.amqp_url}?heartbeat=10"
    value = {
        "src-protocol": "amqp091",
        "src-uri": at,
        "src-queue": source,
        "src-delete-after": "queue-length",
        "dest-protocol": "amqp091",
        "dest-uri": at,
        "dest-queue": goal,
        "ack-mode": "on-confirm",
    }
    await manage(vhost, "PUT", f"parameters/shovel/{vhost.name}/move", {"value": value})

    async def is_moved() -> bool:
        async with channel_of(vhost.amqp_url) as channel:
            declared = await channel.declare_queue(goal, passive=True)
            return declared.declaration_result.message_count == count

    async def has_left() -> bool:
        """Once it is done it ends its lines, then takes its name away: another of that name with it."""
        return bool(await manage(vhost, "GET", f"parameters/shovel/{vhost.name}") == [])

    await eventually(is_moved, f"{count} are in {goal}")
    await eventually(has_left, "the shovel is gone")


async def get_and_publish(vhost: Vhost, source: str, goal: str, count: int) -> None:
    """Take from one queue by "Get messages", and paste it into "Publish message" of another."""
    taken = await manage(
        vhost,
        "POST",
        f"queues/{vhost.name}/{source}/get",
        {"count": count, "ackmode": "ack_requeue_false", "encoding": "base64"},
    )
    assert len(taken) == count
    for message in taken:
        sent = await manage(
            vhost,
            "POST",
            f"exchanges/{vhost.name}/amq.default/publish",
            {
                "properties": {"delivery_mode": 2},
                "routing_key": goal,
                "payload": message["payload"],
                "payload_encoding": message["payload_encoding"],
            },
        )
        assert sent["routed"]


@pytest.mark.parametrize("move", [shovel, get_and_publish])
async def test_what_went_there_and_back_is_replayed(
    vhost: Vhost, database: str, sql: Sql, carrier: Orders, move: Any
) -> None:
    """Frozen before it was moved away and back: still the same messages, read in the same way, registered."""
    told = failed(3, member=MEMBER)
    laid = await lay(vhost, told)
    order = await orders.draft(sql, "replay", dict.fromkeys(laid), "person a")
    await move(vhost, DEAD, PARKED, 3)
    await move(vhost, PARKED, DEAD, 3)
    found = await lying(vhost)
    assert sorted(letter.id for letter in found) == sorted(laid)
    assert {(letter.protocol, letter.home) for letter in found} == {
        (notice.protocol, "registry.live") for notice in told
    }
    await orders.confirm(sql, order, "person a", reason="moved back", rate=500)
    store = Database(database, "test", most_connections=4)
    async with running(carrier), running(Consumer(vhost.url_of("registry"), store, "test")):

        async def is_registered() -> bool:
            return bool(await sql.fetchval("SELECT position = 3 FROM head"))

        await eventually(is_registered, "they are registered")
    await store.close()
    await require_sound(sql)
    assert await ids_in(vhost) == []


async def test_what_the_page_shows_is_the_notice(vhost: Vhost) -> None:
    """An operator without the command reads the queue in the browser, and takes nothing by it."""
    [notice] = failed(1)
    laid = await lay(vhost, [notice])
    [shown] = await manage(
        vhost,
        "POST",
        f"queues/{vhost.name}/{DEAD}/get",
        {"count": 1, "ackmode": "ack_requeue_true", "encoding": "base64"},
    )
    assert base64.b64decode(shown["payload"]) == body_of(notice)
    assert shown["properties"]["headers"]["reason"] == "failed"
    assert await ids_in(vhost) == laid
