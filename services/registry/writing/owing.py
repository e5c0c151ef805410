"""Erasures that are owed: ordered once, and unknown to a database that came back from before them.

The list is kept in the database that owes them. The notice may be there, may come again from the journal or
from its sender, or never: whenever it is there, what had to go goes. Connection first, nothing here commits.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.registry.queries import Connection


class Owed(NamedTuple):
    """*fields* of the data of the notice with that protocol; what is not known of the order is None.

    *protocol* and *position* are those that the erasure had when it was done first.
    """

    protocol: str
    position: int | None
    member: str
    sequence: int
    notice: str | None
    fields: Sequence[str]
    ground: str | None = None
    decided_by: str | None = None
    request: str | None = None


# One that stands in the ledger is not owed. What a list tells of an order, the feed does not: the first wins,
# and a list is read before the feed.
_NOTE: Final = """
INSERT INTO owed_erasure (protocol, position, member, sequence, notice, fields, ground, decided_by, request)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
WHERE NOT EXISTS (SELECT FROM entry WHERE protocol = $1)
ON CONFLICT (protocol) DO UPDATE SET notice = coalesce(owed_erasure.notice, excluded.notice),
    position = coalesce(owed_erasure.position, excluded.position)
"""


async def note(connection: Connection, owed: Sequence[Owed]) -> None:
    """Owe these; once each, however often it is said."""
    for each in owed:
        await connection.execute(_NOTE, *each)


_COLUMNS: Final = (
    "o.protocol, o.position, o.member, o.sequence, o.notice, o.fields, o.ground, o.decided_by, o.request"
)
_OF: Final = f"""
SELECT {_COLUMNS} FROM owed_erasure o
WHERE o.settled_at IS NULL AND o.notice = ANY($1::text[]) ORDER BY o.position, o.protocol
"""  # noqa: S608 - a constant


async def owed_of(connection: Connection, notices: Sequence[str]) -> list[Owed]:
    """What is owed of the notices with these protocols, in the order in which it was ordered."""
    return [Owed(*row) for row in await connection.fetch(_OF, notices)]


_DUE: Final = f"""
SELECT {_COLUMNS} FROM owed_erasure o
WHERE o.settled_at IS NULL AND EXISTS (SELECT FROM entry e WHERE e.protocol = o.notice)
ORDER BY o.position, o.protocol
"""  # noqa: S608 - the same


async def due(connection: Connection) -> list[Owed]:
    """What is owed of notices that are registered."""
    return [Owed(*row) for row in await connection.fetch(_DUE)]


_SETTLE: Final = "UPDATE owed_erasure SET settled_at = now(), settled_by = $2 WHERE protocol = $1"


async def settle(connection: Connection, owed: Owed, position: int | None) -> None:
    """It is done, at *position*; None: nothing of it was left."""
    await connection.execute(_SETTLE, owed.protocol, position)
