"""Who of the office or the coordination took note of which version of an agreement. Connection first."""

from datetime import datetime
from typing import Final

import msgspec

from services.registry.queries import Connection

MOST_SHOWN: Final = 20


class Acknowledged(msgspec.Struct, frozen=True):
    """Somebody of *role* took note of the agreement as it stood at *version*."""

    version: int
    actor: str
    role: str
    at: datetime


_ADD: Final = """
INSERT INTO acknowledgement (agreement, version, actor, role) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""


async def add(connection: Connection, agreement: str, version: int, actor: str, role: str) -> None:
    """Note that *actor* took note of *version*; once, however often it is said."""
    await connection.execute(_ADD, agreement, version, actor, role)


_OF: Final = """
SELECT version, actor, role, acknowledged_at FROM acknowledgement
WHERE agreement = $1 ORDER BY acknowledged_at DESC LIMIT $2
"""


async def of(connection: Connection, agreement: str) -> list[Acknowledged]:
    """Who took note of *agreement*, the last first."""
    rows = await connection.fetch(_OF, agreement, MOST_SHOWN)
    return [Acknowledged(*row) for row in rows]
