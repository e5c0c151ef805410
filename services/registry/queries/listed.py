"""Public agreements by position, as search engines are told of them."""

from datetime import datetime
from typing import Final

from services.registry.queries.reach import Connection

STRETCH: Final = 40_000
"""Positions in one file: no more agreements can begin in it, and a sitemap may hold 50,000."""

_STRETCHES: Final = "SELECT position / $1 + 1 FROM head"
_PUBLIC: Final = """
SELECT id, registered_at FROM agreement
WHERE known_from >= $1 AND known_from < $2 AND visibility = 'public' ORDER BY known_from
"""


async def stretches(connection: Connection) -> int:
    """How many there are."""
    found: int = await connection.fetchval(_STRETCHES, STRETCH)
    return found


async def public_agreements(connection: Connection, stretch: int) -> list[tuple[str, datetime]]:
    """The public agreements of a stretch (from 0), with the instant at which each was told of last."""
    rows = await connection.fetch(_PUBLIC, stretch * STRETCH, (stretch + 1) * STRETCH)
    return [(row["id"], row["registered_at"]) for row in rows]
