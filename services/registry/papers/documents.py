"""Documents, stored in parts so that none is ever whole in memory."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from services.registry.queries import Connection, Reach

PART_BYTES: Final = 256 * 1024
"""Of every part but the last."""


class Document(msgspec.Struct, frozen=True):
    """What is known of a document; *size* in bytes."""

    sha256: str
    media_type: str
    size: int
    stored_at: datetime


_INSERT: Final = """
INSERT INTO document (sha256, media_type, size) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING stored_at
"""
_INSERT_PART: Final = "INSERT INTO document_part (sha256, part, bytes) VALUES ($1, $2, $3)"
_INSERT_HOLDER: Final = """
INSERT INTO document_holder (sha256, member, key) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
"""


async def store(
    connection: Connection,
    document: tuple[str, str, int],
    read_part: Callable[[], bytes],
    *,
    member: str,
    key: str,
) -> bool:
    """Keep *document* (digest, media type, size), its parts as they are read; whether it was new.

    Whoever hands in what is there already is noted as one who has it.
    """
    sha256 = document[0]
    async with connection.transaction():
        is_new = await connection.fetchval(_INSERT, *document) is not None
        if is_new:
            number = 0
            while part := read_part():
                await connection.execute(_INSERT_PART, sha256, number, part)
                number += 1
        await connection.execute(_INSERT_HOLDER, sha256, member, key)
    return is_new


# Whoever knows a digest can name it in an agreement of its own: that shows nobody what it has not handed in.
_SEEN: Final = """
SELECT d.sha256, d.media_type, d.size, d.stored_at FROM document d
WHERE d.sha256 = $1
  AND ($2::text[] IS NULL
       OR EXISTS (SELECT FROM document_holder h WHERE h.sha256 = d.sha256 AND h.member = $3)
       OR EXISTS (SELECT FROM facet f JOIN agreement a ON a.id = f.agreement
                  WHERE f.name = 'document' AND f.value = d.sha256
                    AND (a.visibility = ANY($2) OR a.member = $3)
                    AND EXISTS (
                        SELECT FROM document_holder h WHERE h.sha256 = d.sha256
                            AND (h.member = a.member OR EXISTS (
                                SELECT FROM entry e JOIN disclosure t ON t.position = e.position
                                WHERE e.agreement = a.id AND e.entry::jsonb #>> '{sender,member}' = h.member
                                    AND strpos(t.fields::text, d.sha256) > 0)))))
"""


async def seen(connection: Connection, sha256: str, reach: Reach) -> Document | None:
    """The document, if *reach* sees an agreement that refers to it, or its own member handed it in.

    An agreement refers to what its own member handed in, or who told of the document.
    """
    row = await connection.fetchrow(_SEEN, sha256, reach.visibilities, reach.own)
    return None if row is None else Document(*row)


_PART: Final = "SELECT bytes FROM document_part WHERE sha256 = $1 AND part = $2"


async def part(connection: Connection, sha256: str, number: int) -> bytes | None:
    """One part; None when there is none, or no longer."""
    found: bytes | None = await connection.fetchval(_PART, sha256, number)
    return found
