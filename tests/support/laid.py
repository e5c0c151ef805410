"""Messages in registry.dead, laid to rest as the registry does it, or put there by somebody's hand."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import aio_pika
import msgspec

from services.registry.dead.letters import DEAD, Letter, id_of
from services.registry.dead.looking import look
from shared.notices.envelope import Notice, encode_delivery
from tests.support.broker import channel_of
from tests.support.registered import delivered
from tests.support.servers import Vhost
from tests.support.told import signed

NOBODY = "org-nobody"
_LONG_AGO = datetime(2026, 9, 21, 12, tzinfo=UTC)
UNKNOWN_MEMBER = f"UnknownMember: The member {NOBODY} is not known."


def failed(count: int, *, name: str = "n", member: str = NOBODY, backfill: bool = False) -> list[Notice]:
    """That many notices, of a member whom the registry does not know."""
    return [
        msgspec.structs.replace(
            signed(), id=f"{name}-{n}", subject=f"{name}/{n}", member=member, backfill=backfill
        )
        for n in range(count)
    ]


def body_of(notice: Notice) -> bytes:
    """*notice* as it travels; the same bytes each time."""
    return encode_delivery(delivered(notice, at=_LONG_AGO))


def headers_of(notice: Notice, **changes: Any) -> dict[str, Any]:
    """What the registry writes beside it when it gives up."""
    return {
        "member": notice.member,
        "source": notice.source,
        "id": notice.id,
        "protocol": notice.protocol,
        "attempt": 5,
        "queue": "registry.backfill" if notice.backfill else "registry.live",
        "routing_key": f"live.{notice.member}.agreement.signed",
        "reason": "failed",
        "error": UNKNOWN_MEMBER,
        **changes,
    }


async def lay(vhost: Vhost, notices: Sequence[Notice], *, queue: str = DEAD, **changes: Any) -> list[str]:
    """Lay *notices* to rest in this order; their ids."""
    bodies = [body_of(notice) for notice in notices]
    await lay_bodies(
        vhost,
        [(body, headers_of(notice, **changes)) for body, notice in zip(bodies, notices, strict=True)],
        queue=queue,
    )
    return [id_of(body) for body in bodies]


async def lay_bodies(
    vhost: Vhost, told: Sequence[tuple[bytes, dict[str, Any]]], *, queue: str = DEAD, dated: bool = True
) -> None:
    """Put messages of any kind into *queue*."""
    async with channel_of(vhost.amqp_url) as channel:
        for first in range(0, len(told), 500):
            await asyncio.gather(
                *(
                    channel.default_exchange.publish(
                        aio_pika.Message(
                            body, headers=headers, delivery_mode=2, timestamp=_LONG_AGO if dated else None
                        ),
                        queue,
                        timeout=60,
                    )
                    for body, headers in told[first : first + 500]
                )
            )


async def lying(vhost: Vhost, queue: str = DEAD) -> list[Letter]:
    """What an operator sees in *queue*."""
    return (await look(vhost.url_of("operator"), None, queue)).letters


async def ids_in(vhost: Vhost, queue: str = DEAD) -> list[str]:
    """Which messages lie in *queue*, in its order, each as often as it lies there."""
    async with channel_of(vhost.amqp_url) as channel:
        found = []
        while (message := await (await channel.get_queue(queue, ensure=False)).get(fail=False)) is not None:
            found.append(message)
        for message in found:
            await message.reject(requeue=True)
        return [id_of(message.body) for message in found]
