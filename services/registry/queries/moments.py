"""What was known when: positions for instants."""

from datetime import date, datetime

import msgspec

from services.registry.queries.reach import Connection


class Moment(msgspec.Struct, frozen=True):
    """The day that is asked about, as known at a *position*; None: as known now."""

    as_of: date
    position: int | None = None


# Positions are given in the order of their instants: both under the head row's lock.
_POSITION_AT = """
SELECT position FROM entry WHERE registered_at <= $1 ORDER BY registered_at DESC, position DESC LIMIT 1
"""


async def position_at(connection: Connection, instant: datetime) -> int:
    """The last position given at *instant*; 0 before the first."""
    position: int | None = await connection.fetchval(_POSITION_AT, instant)
    return position or 0


class Standing(msgspec.Struct, frozen=True):
    """What there is: as long as neither moves, every question about it has the same answer."""

    position: int
    directory_version: int


_STANDING = "SELECT h.position, d.version FROM head h, directory d"


async def standing(connection: Connection) -> Standing:
    """The last position given, and the version of the directory."""
    [row] = await connection.fetch(_STANDING)
    return Standing(*row)


_RULES = "SELECT version FROM rules"


async def rules_version(connection: Connection) -> int:
    """The version of the gates' rules."""
    version: int = await connection.fetchval(_RULES)
    return version
