"""Lines that drop and a database that is away: messages wait, none dies, and each is registered once."""

import asyncio

import pytest
from aiormq.abc import DeliveredMessage

from services.registry.taking.consumer import Consumer
from services.registry.taking.intake import Queued
from services.registry.writing import attempts
from shared.broker import ConfirmedPublisher
from shared.database import Connection, Database
from tests.support.fault_proxy import fault_proxy
from tests.support.parts import running
from tests.support.registered import Sql, require_sound
from tests.support.servers import Vhost
from tests.support.taking import eventually, notices, queued, registered, send


async def test_dropped_connections_with_a_full_prefetch_kill_nobody(
    door: ConfirmedPublisher, vhost: Vhost, store: Database, sql: Sql
) -> None:
    """Each message may lose its channel again and again: it is registered once, and nothing dies."""
    async with (
        fault_proxy(vhost.url_of("registry")) as proxy,
        running(Consumer(proxy.url, store, "test")),
    ):
        for round_ in range(8):
            await send(door, notices(100, name=str(round_)))
            await asyncio.sleep(0.15)
            proxy.cut()
        await registered(sql, 800)

        async def is_worked_off() -> bool:  # what the last cut gave back comes once more
            return await queued(vhost, "registry.live") == 0

        await eventually(is_worked_off)
    await require_sound(sql)
    assert [await queued(vhost, f"registry.{name}") for name in ("live", "dead", "retry")] == [0, 0, 0]


async def test_messages_are_held_while_the_database_is_away(
    door: ConfirmedPublisher, vhost: Vhost, database: str, sql: Sql
) -> None:
    """Nothing dies of an outage; readiness says so; work goes on by itself."""
    async with fault_proxy(database) as proxy:
        away = Database(proxy.url, "test away", most_connections=4)
        consumer = Consumer(vhost.url_of("registry"), away, "test")
        async with running(consumer):
            await send(door, notices(10))
            await registered(sql, 10)
            proxy.refuse()
            proxy.cut()
            await send(door, notices(40, name="meanwhile"))
            await eventually(lambda: _answer(not consumer.readiness().ok))
            assert "PostgreSQL" in (consumer.readiness().detail or "")
            await proxy.accept()
            await registered(sql, 50)
            await eventually(lambda: _answer(consumer.readiness().ok))
        await away.close()
    await require_sound(sql)
    assert await queued(vhost, "registry.dead") == 0


async def test_a_long_outage_gives_the_messages_back(
    door: ConfirmedPublisher, vhost: Vhost, database: str, sql: Sql
) -> None:
    """RabbitMQ ends consumers that hold messages too long: so they wait in their queue instead."""
    async with fault_proxy(database) as proxy:
        proxy.refuse()
        away = Database(proxy.url, "test away", most_connections=4)
        consumer = Consumer(vhost.url_of("registry"), away, "test", hold_seconds=0.2)
        async with running(consumer):
            await send(door, notices(30))

            async def given_back() -> bool:
                return await queued(vhost, "registry.live") == 30

            await eventually(given_back)
            assert not consumer.readiness().ok
            await proxy.accept()
            await registered(sql, 30)
        await away.close()
    await require_sound(sql)
    assert await queued(vhost, "registry.dead") == 0


async def test_what_only_lost_its_line_is_no_suspect(
    door: ConfirmedPublisher, vhost: Vhost, database: str, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that held a thousand messages, and is still there, need not handle them one by one."""
    alone: list[str] = []
    here: list[DeliveredMessage] = []
    begin, take_in = attempts.begin, Queued.take_in

    async def begin_alone(connection: Connection, message_id: str) -> int:
        alone.append(message_id)
        return await begin(connection, message_id)

    def take_in_counted(queue: Queued, message: DeliveredMessage) -> None:
        here.append(message)
        take_in(queue, message)

    async def is_held() -> bool:
        return len(here) == 300

    monkeypatch.setattr(attempts, "begin", begin_alone)
    monkeypatch.setattr(Queued, "take_in", take_in_counted)
    async with fault_proxy(database) as to_database, fault_proxy(vhost.url_of("registry")) as to_broker:
        to_database.refuse()
        away = Database(to_database.url, "test away", most_connections=4)
        async with running(Consumer(to_broker.url, away, "test")):
            await send(door, notices(300))
            await eventually(is_held)
            to_broker.cut()
            await to_database.accept()
            await registered(sql, 300)
        await away.close()
    assert len(here) == 600
    assert alone == []
    await require_sound(sql)


async def _answer(value: bool) -> bool:  # noqa: FBT001 - a value to wait for
    return value
