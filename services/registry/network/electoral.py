"""The months before an election, in which public pages keep to facts (Lei 9.504/1997, art. 73, VI, b)."""

from datetime import date, timedelta
from typing import Final

import msgspec

from services.registry.queries import Connection

LONGEST: Final = timedelta(days=366)


class Period(msgspec.Struct, frozen=True):
    """The days from *from_day* to *to_day*, both included."""

    id: int
    from_day: date
    to_day: date


class BadPeriod(ValueError):  # noqa: N818 (a bad period is what it is)
    """A period ends after it began, and within a year."""


_ON: Final = """
SELECT id, from_day, to_day FROM electoral_period
WHERE revoked_at IS NULL AND from_day <= $1 AND to_day >= $1
ORDER BY to_day DESC LIMIT 1
"""


async def period_on(connection: Connection, day: date) -> Period | None:
    """The period that *day* lies in; None: public pages show everything that is public."""
    row = await connection.fetchrow(_ON, day)
    return None if row is None else Period(*row)


_TO_COME: Final = """
SELECT id, from_day, to_day FROM electoral_period
WHERE revoked_at IS NULL AND to_day >= $1 ORDER BY from_day, id
"""


async def periods_from(connection: Connection, day: date) -> list[Period]:
    """Those that hold on *day* or later, the next one first."""
    return [Period(*row) for row in await connection.fetch(_TO_COME, day)]


_DECIDE: Final = """
INSERT INTO electoral_period (from_day, to_day, decided_by) VALUES ($1, $2, $3) RETURNING id
"""


async def decide(connection: Connection, from_day: date, to_day: date, by: str) -> Period:
    """Let public pages keep to facts on these days. Raises BadPeriod."""
    if not from_day <= to_day <= from_day + LONGEST:
        raise BadPeriod
    return Period(await connection.fetchval(_DECIDE, from_day, to_day, by), from_day, to_day)


_REVOKE: Final = """
UPDATE electoral_period SET revoked_by = $2, revoked_at = now() WHERE id = $1 AND revoked_at IS NULL
"""


async def revoke(connection: Connection, period: int, by: str) -> bool:
    """Take a period back; False if there is none of that number."""
    told: str = await connection.execute(_REVOKE, period, by)
    return told == "UPDATE 1"
