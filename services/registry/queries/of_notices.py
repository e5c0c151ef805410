"""Reads of single notices: receipts, the feed, the ledger."""

from datetime import datetime

import msgspec

from services.registry.queries.reach import Connection
from shared.notices.codelists import Visibility


class ReceiptRow(msgspec.Struct, frozen=True):
    """A registered notice; *entry* and *remarks* are JSON."""

    position: int
    member: str
    sequence: int
    entry: str
    digest: bytes
    remarks: str
    received_at: datetime
    registered_at: datetime
    published_at: datetime | None
    agreement: str | None
    acknowledged_at: datetime | None


# Items leave in order: whichever record of publication covers or follows the position, it had left by then.
_RECEIPT = """
SELECT e.position, e.member, e.sequence, e.entry, e.digest, e.remarks::text, e.received_at, e.registered_at,
       (SELECT p.published_at FROM publication p WHERE p.last >= e.position
        ORDER BY p.last, p.published_at LIMIT 1) AS published_at,
       e.agreement,
       (SELECT min(a.acknowledged_at) FROM acknowledgement a
        WHERE a.agreement = e.agreement AND a.version >= e.position) AS acknowledged_at
FROM entry e
WHERE e.protocol = $1
ORDER BY e.position
LIMIT 1
"""


async def receipt(connection: Connection, protocol: str) -> ReceiptRow | None:
    """The registered notice of that protocol."""
    row = await connection.fetchrow(_RECEIPT, protocol)
    return None if row is None else ReceiptRow(*row)


_CONFLICTS = """
SELECT received_at FROM conflict
WHERE member = $1 AND source = $2 AND id = $3
ORDER BY received_at
LIMIT 100
"""


async def conflicts(connection: Connection, member_id: str, source: str, notice_id: str) -> list[datetime]:
    """When the identity came again with other content; the first hundred times."""
    return [row["received_at"] for row in await connection.fetch(_CONFLICTS, member_id, source, notice_id)]


class DeadRow(msgspec.Struct, frozen=True):
    """A notice that could not be registered; *received_at* is null when it could not even be read."""

    received_at: datetime | None
    discarded_at: datetime | None


_DEAD = "SELECT received_at, discarded_at FROM dead WHERE protocol = $1 ORDER BY died_at DESC LIMIT 1"


async def dead(connection: Connection, protocol: str) -> DeadRow | None:
    """The notice of that protocol among the dead."""
    row = await connection.fetchrow(_DEAD, protocol)
    return None if row is None else DeadRow(*row)


class FeedRow(msgspec.Struct, frozen=True):
    """A feed item as published, with what its agreement's visibility is now; *item* is JSON."""

    position: int
    item: str
    visibility: Visibility | None


_FEED = """
SELECT i.position, i.item::text, a.visibility
FROM feed_item i LEFT JOIN agreement a ON a.id = i.agreement
WHERE i.position > $1
ORDER BY i.position
LIMIT $2
"""
_HEAD = "SELECT position FROM head"


async def head(connection: Connection) -> int:
    """The last position given."""
    position: int = await connection.fetchval(_HEAD)
    return position


async def feed(connection: Connection, *, after: int, limit: int) -> list[FeedRow]:
    """Items above the position *after*, in order."""
    return [FeedRow(*row) for row in await connection.fetch(_FEED, after, limit)]


class ChainRow(msgspec.Struct, frozen=True):
    """The head of a chain."""

    length: int
    head: bytes | None


_CHAIN = """
SELECT coalesce(c.length, 0), c.head FROM member m LEFT JOIN chain c ON c.member = m.id WHERE m.id = $1
"""


async def chain(connection: Connection, member_id: str) -> ChainRow | None:
    """The chain of a member, empty if it has none; None for an unknown member."""
    row = await connection.fetchrow(_CHAIN, member_id)
    return None if row is None else ChainRow(*row)


class EntryRow(msgspec.Struct, frozen=True):
    """A ledger entry with what opens it; *entry* and *fields* are JSON."""

    sequence: int
    entry: str
    digest: bytes
    fields: str | None


_ENTRIES = """
SELECT e.sequence, e.entry, e.digest, d.fields::text
FROM entry e LEFT JOIN disclosure d ON d.position = e.position
WHERE e.member = $1 AND e.sequence > $2
ORDER BY e.sequence
LIMIT $3
"""


async def entries(connection: Connection, member_id: str, *, after: int, limit: int) -> list[EntryRow]:
    """Entries of a chain above a sequence, in order."""
    return [EntryRow(*row) for row in await connection.fetch(_ENTRIES, member_id, after, limit)]


_CHAINS = "SELECT member FROM chain ORDER BY member"


async def chains(connection: Connection) -> list[str]:
    """The members that have a chain."""
    return [row["member"] for row in await connection.fetch(_CHAINS)]
