"""Who speaks for whom, as both sides read it. Connection first."""

from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries import Connection


class Grant(msgspec.Struct, frozen=True):
    """*other* speaks for the member, or the member for *other*; *facts* None: in all that a member tells."""

    other: str
    name: str
    facts: list[str] | None
    until: date
    granted_at: datetime


_GIVEN: Final = """
SELECT d.delegate, m.name, d.facts, d.until, d.granted_at
FROM delegation d JOIN member m ON m.id = d.delegate
WHERE d.member = $1 ORDER BY d.until DESC, m.name
"""
_RECEIVED: Final = """
SELECT d.member, m.name, d.facts, d.until, d.granted_at
FROM delegation d JOIN member m ON m.id = d.member
WHERE d.delegate = $1 ORDER BY d.until DESC, m.name
"""


async def given(connection: Connection, member: str) -> list[Grant]:
    """Whom *member* lets speak for itself; those that have ended too."""
    return [Grant(*row) for row in await connection.fetch(_GIVEN, member)]


async def received(connection: Connection, member: str) -> list[Grant]:
    """For whom *member* may speak; what has ended too."""
    return [Grant(*row) for row in await connection.fetch(_RECEIVED, member)]
