"""What somebody reported as wrong: kept until the coordination has settled it. Connection first."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from services.registry.queries import Connection
from shared.notices.sentences import Language

LONGEST_TEXT: Final = 10_000
MOST_AN_HOUR: Final = 100
KEPT: Final = timedelta(days=365)
"""How long a settled report stays."""


class TooManyReports(Exception):  # noqa: N818 - what it is
    """More were reported in the last hour than anybody can read: the next hour takes more."""


class Report(msgspec.Struct, frozen=True):
    """A report; *email* is that of who wants an answer, until it is settled."""

    id: str
    page: str
    text: str
    email: str | None
    language: Language
    reported_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    outcome: str | None


_OF_THE_HOUR: Final = "SELECT count(*) FROM error_report WHERE reported_at > now() - interval '1 hour'"
_FORGET: Final = "DELETE FROM error_report WHERE settled_at < now() - $1::interval"
_ADD: Final = """
INSERT INTO error_report (id, page, text, email, language) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING RETURNING true
"""


async def add(
    connection: Connection, report: str, *, page: str, text: str, email: str | None, language: Language
) -> bool:
    """Keep a report; False if one of that id is kept already. Forgets what was settled long ago.

    Raises TooManyReports.
    """
    if await connection.fetchval(_OF_THE_HOUR) >= MOST_AN_HOUR:
        raise TooManyReports
    await connection.execute(_FORGET, KEPT)
    return await connection.fetchval(_ADD, report, page, text, email, language) is True


_COLUMNS: Final = "id, page, text, email, language, reported_at, settled_at, settled_by, outcome"
_OPEN: Final = f"""
SELECT {_COLUMNS} FROM error_report WHERE settled_at IS NULL ORDER BY reported_at LIMIT $1
"""  # noqa: S608 - constants of this file
_SETTLED: Final = f"""
SELECT {_COLUMNS} FROM error_report WHERE settled_at IS NOT NULL ORDER BY settled_at DESC LIMIT $1
"""  # noqa: S608 - constants of this file


async def waiting(connection: Connection, limit: int) -> Sequence[Report]:
    """Those that wait, the oldest first."""
    return [Report(*row) for row in await connection.fetch(_OPEN, limit)]


async def settled(connection: Connection, limit: int) -> Sequence[Report]:
    """Those that were settled, the last first."""
    return [Report(*row) for row in await connection.fetch(_SETTLED, limit)]


_SETTLE: Final = """
UPDATE error_report SET settled_at = now(), settled_by = $2, outcome = $3, email = NULL
WHERE id = $1 AND settled_at IS NULL
"""


async def settle(connection: Connection, report: str, by: str, outcome: str) -> bool:
    """Note what was done about it, and forget who asked; False if nothing of that id waits."""
    told: str = await connection.execute(_SETTLE, report, by, outcome)
    return told == "UPDATE 1"


class Addressee(msgspec.Struct, frozen=True):
    """Somebody of the coordination who has mail."""

    id: str
    email: str
    language: Language


_COORDINATION: Final = """
SELECT id, email, language FROM person
WHERE role = 'coordination' AND ended_at IS NULL AND email IS NOT NULL
    AND (ends_on IS NULL OR ends_on >= $1)
ORDER BY id
"""


async def coordination(connection: Connection, on: date) -> Sequence[Addressee]:
    """Whom to tell of a report."""
    return [Addressee(*row) for row in await connection.fetch(_COORDINATION, on)]
