"""What everybody may read of the feed, the newest first: of all, of a member, of a country."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import asyncpg
import msgspec

from services.registry.queries.reach import Connection
from shared.notices.feed import FeedItem

MOST_ITEMS: Final = 50
_LOOKED_THROUGH: Final = 2_000
"""So many items, the newest, are looked through for those that everybody may read."""
_read_item = msgspec.json.Decoder(FeedItem).decode

# An item is judged by the stricter of itself and its agreement as it is now.
_PUBLIC: Final = """
LEFT JOIN agreement a ON a.id = i.agreement
WHERE i.item ->> 'visibility' = 'public' AND coalesce(a.visibility, 'public') = 'public'
    AND i.item ->> 'type' NOT LIKE 'br.malha.ledger.%'
"""
_OF_ALL: Final = f"""
SELECT i.item::text FROM (
    SELECT position, agreement, item FROM feed_item ORDER BY position DESC LIMIT {_LOOKED_THROUGH}) i
{_PUBLIC} AND i.item ->> 'backfill' = 'false'
ORDER BY i.position DESC LIMIT {MOST_ITEMS}
"""  # noqa: S608 - constants of this file
_OF_MEMBER: Final = f"""
SELECT i.item::text FROM (
    SELECT position FROM entry WHERE member = $1 ORDER BY sequence DESC LIMIT {_LOOKED_THROUGH}) e
JOIN feed_item i ON i.position = e.position
{_PUBLIC}
ORDER BY i.position DESC LIMIT {MOST_ITEMS}
"""  # noqa: S608 - constants of this file
# The newest items of all belong to the agreements that were told of last: no others need to be looked at.
_TOLD_LAST: Final = f"""
SELECT told.id FROM facet f JOIN agreement told ON told.known_from = f.known_from
WHERE f.name = 'country' AND f.value = $1 AND f.from_day <= $2 AND f.to_day > $2
    AND told.visibility = 'public'
ORDER BY told.version DESC LIMIT {MOST_ITEMS}
"""  # noqa: S608 - constants of this file
_OF_AGREEMENTS: Final = f"""
SELECT i.item::text FROM unnest($1::text[]) newest (id)
JOIN feed_item i ON i.agreement = newest.id
{_PUBLIC}
ORDER BY i.position DESC LIMIT {MOST_ITEMS}
"""  # noqa: S608 - constants of this file


async def of_all(connection: Connection) -> list[FeedItem]:
    """The newest of everybody; history that is being loaded is no news."""
    return _items(await connection.fetch(_OF_ALL))


async def of_member(connection: Connection, member: str) -> list[FeedItem]:
    """The newest of a member."""
    return _items(await connection.fetch(_OF_MEMBER, member))


async def told_last(connection: Connection, country: str, on: date) -> list[str]:
    """The agreements with that country, as they are *on* a day, that were told of last; all are looked at."""
    return [row["id"] for row in await connection.fetch(_TOLD_LAST, country, on)]


async def of_agreements(connection: Connection, agreements: Sequence[str]) -> list[FeedItem]:
    """The newest about *agreements*."""
    return _items(await connection.fetch(_OF_AGREEMENTS, agreements))


def _items(rows: Sequence[asyncpg.Record]) -> list[FeedItem]:
    return [_read_item(row["item"]) for row in rows]
