"""The coordination closes an entry of the review list."""

from typing import Final

from services.registry.queries import Connection

_CLOSE: Final = """
UPDATE review SET closed_at = now(), closed_by = 'coordination', closer = $2, reason = $3
WHERE id = $1 AND closed_at IS NULL
RETURNING true
"""
_IS_THERE: Final = "SELECT EXISTS (SELECT FROM review WHERE id = $1)"


async def close_review(connection: Connection, review_id: int, *, closer: str, reason: str) -> bool | None:
    """Close an entry for good; False when it was closed already, None when there is none of that id.

    *closer* is the key or session that does so: kept beside the reason, and shown to nobody.
    """
    if await connection.fetchval(_CLOSE, review_id, closer, reason):
        return True
    return False if await connection.fetchval(_IS_THERE, review_id) else None
