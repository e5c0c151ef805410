"""The messages of the feed stream: an item, a restore, a canary, each in its CloudEvent."""

from typing import Final

import msgspec

from services.registry.telling.tail import AFTER, STREAM
from shared.broker import Message
from shared.database import Connection
from shared.notices.canary import FEED_CANARY_TYPE, HEADER, Canary
from shared.notices.feed import ITEM_TYPE, RESTORED_TYPE

READ_SECONDS: Final = 5.0

_FRAMES: Final = {
    type_: (
        b'{"specversion":"1.0","source":"/malha","datacontenttype":"application/json","type":'
        + msgspec.json.encode(type_)
        + b',"id":"'
    )
    for type_ in (ITEM_TYPE, RESTORED_TYPE)
}


def item_message(position: int, item: str) -> Message:
    """The item as it was stored."""
    return _event(position, ITEM_TYPE, item.encode())


def restored_message(position: int) -> Message:
    """That the feed goes on after *position*, above all that was ever given."""
    return _event(position, RESTORED_TYPE, msgspec.json.encode({"position": position}))


def canary_message(canary: Canary, after: int) -> Message:
    """*canary*, which has no position; the stream holds everything up to *after* before it."""
    return Message(
        exchange="",
        routing_key=STREAM,
        body=canary.told(),
        headers={HEADER: True, AFTER: after},
        type=FEED_CANARY_TYPE,
    )


def _event(position: int, type_: str, data: bytes) -> Message:
    return Message(
        exchange="",
        routing_key=STREAM,
        body=b'%b%d","data":%b}' % (_FRAMES[type_], position, data),
        headers={"position": position},
        type=type_,
    )


_LAST_CANARY: Final = "SELECT id, sent_at, environment FROM canary"


async def last_canary(connection: Connection) -> Canary | None:
    """The canary that came last to this database."""
    row = await connection.fetchrow(_LAST_CANARY, timeout=READ_SECONDS)
    return None if row is None else Canary(*row)
