"""Reads of who deals with a partner, while its name is still being typed."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from services.registry.queries.of_resemblances import SimilarRow
from services.registry.queries.reach import Connection, Reach

MOST_KEYS: Final = 8
MOST_OF_EACH: Final = 12

# From one key to the next: how many agreements a partner has does not matter.
_BEGINNING: Final = """
WITH RECURSIVE key AS (
    (SELECT value FROM facet WHERE name = 'partner' AND value >= $1 ORDER BY value LIMIT 1)
    UNION ALL
    SELECT (SELECT f.value FROM facet f WHERE f.name = 'partner' AND f.value > key.value
            ORDER BY f.value LIMIT 1)
    FROM key WHERE starts_with(key.value, $1))
SELECT value FROM key WHERE starts_with(value, $1) LIMIT $2
"""
_OF_PARTNERS: Final = """
SELECT a.id, a.member, m.name, a.subject, a.known_from, a.fold::text
FROM unnest($3::text[]) AS given (value) CROSS JOIN LATERAL (
    SELECT known_from FROM facet WHERE name = 'partner' AND facet.value = given.value
        AND from_day <= $4 AND to_day > $4 ORDER BY known_from DESC LIMIT $5) AS found
JOIN agreement a ON a.known_from = found.known_from
    AND ($1::text[] IS NULL OR a.visibility = ANY($1) OR a.member = $2)
JOIN member m ON m.id = a.member
"""


async def keys_beginning(connection: Connection, folded: str) -> list[str]:
    """Keys of partners whose folded name begins with *folded*; the first of them."""
    return [row["value"] for row in await connection.fetch(_BEGINNING, folded, MOST_KEYS)]


async def of_partners(
    connection: Connection, keys: Sequence[str], reach: Reach, on: date
) -> list[SimilarRow]:
    """Agreements with one of *keys* on a day, the newest of each."""
    rows = await connection.fetch(_OF_PARTNERS, reach.visibilities, reach.own, keys, on, MOST_OF_EACH)
    return [SimilarRow(*row) for row in rows]
