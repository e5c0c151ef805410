"""What ingest hands to the registry in tests, and what has become of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from shared.broker import ConfirmedPublisher, Message
from shared.notices.envelope import Notice, encode_delivery
from tests.support.broker import channel_of
from tests.support.registered import Sql, delivered
from tests.support.servers import Vhost
from tests.support.told import signed

PATIENCE_SECONDS = 120.0


def notices(count: int, *, backfill: bool = False, name: str = "n") -> list[Notice]:
    """That many agreements, each told once."""
    return [
        msgspec.structs.replace(signed(), id=f"{name}-{n}", subject=f"{name}/{n}", backfill=backfill)
        for n in range(count)
    ]


def message_of(notice: Notice, **changes: Any) -> Message:
    """*notice* as ingest publishes it."""
    lane = "backfill" if notice.backfill else "live"
    return Message(
        exchange="notices",
        routing_key=f"{lane}.{notice.member}.agreement.signed",
        body=encode_delivery(delivered(notice)),
        headers={
            "member": notice.member,
            "source": notice.source,
            "id": notice.id,
            "protocol": notice.protocol,
            "attempt": 1,
        },
        type=notice.type,
    )._replace(**changes)


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until *check* holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await check():  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.05)


async def registered(sql: Sql, count: int) -> None:
    """Wait until *count* notices are registered."""

    async def there() -> bool:
        return bool(await sql.fetchval("SELECT position >= $1 FROM head", count))

    await eventually(there)


async def send(door: ConfirmedPublisher, told: Sequence[Notice]) -> None:
    """Publish, confirmed."""
    await door.publish_all([message_of(notice) for notice in told])


async def queued(vhost: Vhost, queue: str) -> int:
    """How many messages are ready in *queue*."""
    async with channel_of(vhost.amqp_url) as channel:
        return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0
