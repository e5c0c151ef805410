"""Attempts on redelivered messages, and what died of them. Connection first; nothing here commits."""

from datetime import datetime

from services.registry.queries import Connection

# The count has to survive our own end, not the server's: it need not wait for the disk.
_BEGIN = """
INSERT INTO attempt (message_id, attempts, started_at)
SELECT $1, 1, now() FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (message_id) DO UPDATE SET attempts = attempt.attempts + 1, started_at = excluded.started_at
RETURNING attempts
"""


async def begin(connection: Connection, message_id: str) -> int:
    """Count one more attempt on the message; how many there were, this one included."""
    attempts: int = await connection.fetchval(_BEGIN, _kept(message_id))
    return attempts


async def forget(connection: Connection, message_id: str) -> None:
    """The attempt ended in some way that was not the end of the process."""
    await connection.execute("DELETE FROM attempt WHERE message_id = $1", _kept(message_id))


_BURY = """
INSERT INTO dead (protocol, message_id, received_at, reason, died_at) VALUES ($1, $2, $3, $4, now())
ON CONFLICT DO NOTHING
"""


async def bury(
    connection: Connection, protocol: str, message_id: str, received_at: datetime | None, reason: str
) -> None:
    """Keep that the message went to registry.dead, so that a receipt can say so."""
    await connection.execute(_BURY, protocol, _kept(message_id), received_at, reason)


def _kept(message_id: str) -> str:
    """An id that somebody wrote by hand may hold NUL, which PostgreSQL takes in no text."""
    return message_id.replace("\0", "\ufffd")
