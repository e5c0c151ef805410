"""Real registries, ended in the middle: an order is carried out once; what kills a process is set aside."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from services.registry.dead import orders
from services.registry.dead.letters import DEAD, PARKED
from shared.broker import ConfirmedPublisher, Message
from shared.notices.envelope import Notice, encode_delivery
from tests.support.broker import channel_of
from tests.support.house import SESSION_KEY
from tests.support.laid import failed, headers_of, ids_in, lay, lying
from tests.support.parts import running
from tests.support.processes import ServiceProcess
from tests.support.registered import delivered, require_sound
from tests.support.registry import connected
from tests.support.servers import Vhost
from tests.support.told import MEMBER, signed
from tests.support.world import eventually

POISON = Path(__file__).parents[1] / "support" / "poison"
KILLER = "KILLER"
_TICK_SECONDS = 0.1


def process(vhost: Vhost, database: str, log: Path, **environment: str) -> ServiceProcess:
    """A registry of its own."""
    told = {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_AMQP_URL": vhost.url_of("registry"),
        "MALHA_DATABASE_URL": database,
        **environment,
    }
    return ServiceProcess("registry", told, log)


@pytest.fixture
async def registry(vhost: Vhost, database: str, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """A registry that a test may kill."""
    found = process(vhost, database, tmp_path / "registry.log")
    yield found
    await found.kill()


async def test_an_order_goes_on_after_each_kill(
    vhost: Vhost, database: str, registry: ServiceProcess
) -> None:
    """Killed between any two instructions, twice: everything is where it was ordered to be, once."""
    laid = await lay(vhost, failed(120))
    async with connected(database) as sql:
        order = await orders.draft(sql, "park", dict.fromkeys(laid), "person a")
        await orders.confirm(sql, order, "person a", reason="a test", rate=60)
        for least in (10, 60):
            await registry.start()

            async def is_so(least: int = least) -> bool:
                found = await orders.one(sql, order)
                return found is not None and found.done >= least

            await eventually(is_so, f"{least} are done")
            await registry.kill()
        await registry.start()

        async def is_over() -> bool:
            found = await orders.one(sql, order)
            return found is not None and found.ended_at is not None

        await eventually(is_over, "the order is over")
        found = await orders.one(sql, order)
        assert found is not None
        assert (found.state, found.done, found.missing) == ("done", 120, 0)
    assert await ids_in(vhost, DEAD) == []
    assert sorted(await ids_in(vhost, PARKED)) == sorted(laid)


async def test_what_kills_the_process_dies_alone(vhost: Vhost, database: str, tmp_path: Path) -> None:
    """Three processes end of one notice; what was handed over with it is registered, all of it."""
    registry = process(
        vhost, database, tmp_path / "poisoned.log", PYTHONPATH=str(POISON), POISON_SUBJECT=KILLER
    )
    told = [
        msgspec.structs.replace(signed(), id=f"n-{n}", subject=f"n/{n}" if n != 150 else KILLER)
        for n in range(300)
    ]
    door = ConfirmedPublisher(vhost.url_of("ingest"), "test ingest")
    async with running(door):
        await door.publish_all([message_of(notice) for notice in told])
    ends = 0
    try:
        async with connected(database) as sql, asyncio.timeout(300):
            await registry.start()
            while await sql.fetchval("SELECT count(*) FROM inbox") < 299 or not await lying(vhost):
                if registry.has_ended():
                    ends += 1
                    await registry.start()
                await asyncio.sleep(_TICK_SECONDS)
        [letter] = await lying(vhost)
        assert (letter.reason, letter.subject) == ("ended_process", KILLER)
        async with connected(database) as sql:

            async def is_settled() -> bool:
                """It lies there before its attempts are forgotten."""
                return bool(await sql.fetchval("SELECT count(*) = 0 FROM attempt"))

            await eventually(is_settled, "no attempt is remembered")
            await require_sound(sql)
        async with channel_of(vhost.amqp_url) as channel:
            waiting = await channel.declare_queue("registry.live", passive=True)
            assert waiting.declaration_result.message_count == 0
    finally:
        await registry.kill()
    assert ends >= 3


def message_of(notice: Notice) -> Message:
    """*notice* as ingest publishes it."""
    return Message(
        exchange="notices",
        routing_key=f"live.{MEMBER}.agreement.signed",
        body=encode_delivery(delivered(notice)),
        headers={name: headers_of(notice)[name] for name in ("member", "source", "id", "protocol")},
        type=notice.type,
    )
