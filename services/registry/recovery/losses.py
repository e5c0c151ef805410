"""What the feed has told and the database does not know: read from the stream, by position.

The database came back older than what was told. Before anything gets a position above that, it is written
down what those positions were: the erasures among them are owed, the rest the journal must give back.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from aio_pika.abc import AbstractConnection

from services.registry.leader import speaking
from services.registry.writing import owing
from shared.consuming import consuming
from shared.database import Connection
from shared.notices.feed import ITEM_TYPE, RESTORED_TYPE, Erased
from shared.streams import OFFSET, end_of, offset_of

log = structlog.get_logger()

STREAM: Final = "feed"
READ_SECONDS: Final = 5.0
SLACK: Final = timedelta(minutes=10)
"""The broker's clock and the registry's may differ by that."""
_PREFETCH: Final = 1_000
_CHUNK_ITEMS: Final = 500
_NEXT_SECONDS: Final = 5.0  # shorter than a leader may be silent


class _Member(msgspec.Struct, frozen=True):
    id: str


class _Agreement(msgspec.Struct, frozen=True):
    id: str


class Item(msgspec.Struct, frozen=True):
    """What is kept of an item that was told; *protocol* is empty where an earlier restore was told."""

    position: int
    protocol: str
    type: str
    member: _Member
    received_at: datetime
    registered_at: datetime
    agreement: _Agreement | None = None
    erased: Erased | None = None


class _Place(msgspec.Struct, frozen=True):
    position: int


class _Event(msgspec.Struct, frozen=True):
    type: str
    data: msgspec.Raw


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_item = msgspec.json.Decoder(Item).decode
_decode_place = msgspec.json.Decoder(_Place).decode


def _restored(position: int) -> Item:
    then = datetime.fromtimestamp(0, UTC)
    return Item(position, "", RESTORED_TYPE, _Member(""), then, then)


async def collect(
    connection: AbstractConnection, database: Connection, head: int, told: int, stop: asyncio.Event
) -> bool:
    """Write down what lies in the stream above *head* and up to *told*; False if *stop* came first.

    May be repeated: what is written down already stays so.
    """
    known: datetime | None = await database.fetchval(_KNOWN, head, timeout=READ_SECONDS)
    recovery: int = await database.fetchval(_BEGIN, head, told, known, timeout=READ_SECONDS)
    end = await speaking(database, end_of(connection, STREAM, stop, expects_messages=True))
    if end is None:
        return False
    began: list[str | datetime] = ["first"] if known is None else [known - SLACK, "first"]
    for start in began:
        reached = False  # whether the reading began no later than where the database ends
        async for items in _chunks(connection, start, end, stop):
            await _keep(database, recovery, [item for item in items if head < item.position <= told])
            reached = reached or any(item.position <= head + 1 for item in items)
        if stop.is_set():
            return False
        if reached:
            break
    lost: int = await database.fetchval(_LOST, head, told, timeout=READ_SECONDS)
    if lost == told - head:  # nothing is missing, no restore lies between: each chain can be counted
        await database.execute(_NAME_NOTICES, head, timeout=READ_SECONDS)
    log.error("losses_collected", recovery=recovery, head=head, told=told, lost=lost)
    return True


async def _chunks(
    connection: AbstractConnection, start: str | datetime, end: int, stop: asyncio.Event
) -> AsyncIterator[list[Item]]:
    """The items from *start* to the offset *end*; ends early with *stop*, or where nothing comes."""
    async with consuming(
        connection, STREAM, stop, prefetch=_PREFETCH, arguments={OFFSET: start}
    ) as deliveries:
        offset = -1
        while offset < end:
            message = await deliveries.next(_NEXT_SECONDS)
            if message is None:
                if start == "first" and not stop.is_set():
                    raise TimeoutError("the feed stream does not deliver")
                return
            messages = [message, *deliveries.waiting(_CHUNK_ITEMS - 1)]
            offset = offset_of(messages[-1])
            await deliveries.acknowledge(messages[-1], multiple=True)
            yield [item for each in messages if (item := _read(each.body)) is not None]


def _read(body: bytes) -> Item | None:
    try:
        event = _decode_event(body)
        if event.type == RESTORED_TYPE:
            return _restored(_decode_place(event.data).position)
        return _decode_item(event.data) if event.type == ITEM_TYPE else None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


_KNOWN: Final = "SELECT registered_at FROM entry WHERE position <= $1 ORDER BY position DESC LIMIT 1"
# Whoever was stopped half way goes on with the same; one that a restore has begun waits for this.
_BEGIN: Final = """
WITH begun AS (
    UPDATE recovery SET told = $2
    WHERE id = (SELECT max(id) FROM recovery WHERE finished_at IS NULL AND head = $1) RETURNING id
), new AS (
    INSERT INTO recovery (cause, head, told, registered_at)
    SELECT 'feed_ahead', $1, $2, $3 WHERE NOT EXISTS (SELECT FROM begun) RETURNING id
)
SELECT id FROM begun UNION ALL SELECT id FROM new
"""
_LOST: Final = "SELECT count(*) FROM lost WHERE position > $1 AND position <= $2 AND protocol <> ''"
_KEEP: Final = """
INSERT INTO lost (position, recovery, protocol, type, member, agreement, received_at, registered_at)
SELECT position, $1, protocol, type, member, agreement, received_at, registered_at
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::timestamptz[])
    AS l (position, protocol, type, member, agreement, received_at, registered_at)
ON CONFLICT (position) DO UPDATE SET recovery = excluded.recovery
"""
# From before items named it: the entry is one that is still there, or the member's n-th lost one.
_NAME_NOTICES: Final = """
UPDATE owed_erasure o SET notice = coalesce(
    (SELECT e.protocol FROM entry e WHERE e.member = o.member AND e.sequence = o.sequence),
    (SELECT l.protocol FROM (
        SELECT protocol, row_number() OVER (ORDER BY position) AS number FROM lost
        WHERE member = o.member AND position > $1) l
     WHERE l.number = o.sequence - coalesce((SELECT length FROM chain WHERE member = o.member), 0)))
WHERE o.notice IS NULL AND o.settled_at IS NULL
"""


async def _keep(database: Connection, recovery: int, items: Sequence[Item]) -> None:
    """Keep each once, however often the stream has it. Whoever leads must not be silent: so it speaks."""
    found = {item.position: item for item in items}
    rows: list[tuple[Any, ...]] = [
        (
            *(item.position, item.protocol, item.type, item.member.id),
            *(None if item.agreement is None else item.agreement.id, item.received_at, item.registered_at),
        )
        for item in found.values()
    ]
    if not rows:
        await database.execute("SELECT", timeout=READ_SECONDS)
        return
    await database.execute(_KEEP, recovery, *zip(*rows, strict=True), timeout=READ_SECONDS)
    await owing.note(database, [_owed(item, item.erased) for item in found.values() if item.erased])


def _owed(item: Item, erased: Erased) -> owing.Owed:
    return owing.Owed(
        protocol=item.protocol,
        position=item.position,
        member=item.member.id,
        sequence=erased.sequence,
        notice=erased.notice,
        fields=list(erased.fields),
    )
