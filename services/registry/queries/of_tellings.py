"""Reads of how an agreement was told: each notice in the ledger, and in the words of the feed."""

from collections.abc import Sequence
from typing import Final

import msgspec

from services.registry.queries.reach import Connection


class TellingRow(msgspec.Struct, frozen=True):
    """A registered notice; *entry*, *fields* and *headline* are JSON."""

    position: int
    sequence: int
    protocol: str
    type: str
    agreement: str | None
    entry: str
    digest: bytes
    fields: str
    headline: str


_TELLING: Final = """
SELECT e.position, e.sequence, e.protocol, e.type, e.agreement, e.entry, e.digest,
    coalesce(d.fields::text, '{}'), (i.item -> 'headline')::text
FROM entry e
JOIN feed_item i ON i.position = e.position
LEFT JOIN disclosure d ON d.position = e.position
"""
_TELLINGS: Final = f"{_TELLING} WHERE e.position = ANY($1::bigint[]) ORDER BY e.position"


async def tellings(connection: Connection, positions: Sequence[int]) -> list[TellingRow]:
    """The notices at *positions*, in order."""
    return [TellingRow(*row) for row in await connection.fetch(_TELLINGS, positions)]
