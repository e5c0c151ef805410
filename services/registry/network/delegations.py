"""A member lets another one speak for it, for 90 days at the longest. Connection first."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import asyncpg

from services.registry.network.roster import UnknownMember
from services.registry.queries import Connection

LONGEST: Final = timedelta(days=90)


class TooLong(Exception):  # noqa: N818 - what it is
    """A delegation ends within 90 days; it can be given again."""


_DELEGATE = """
INSERT INTO delegation (member, delegate, facts, until, granted_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (member, delegate) DO UPDATE
SET facts = excluded.facts, until = excluded.until, granted_by = excluded.granted_by, granted_at = now()
"""


async def delegate(
    connection: Connection,
    member: str,
    to: str,
    facts: Sequence[str] | None,
    until: date | None,
    *,
    today: date,
    by: str | None = None,
) -> date:
    """Let *to* speak for *member*, in these types of notice (None: all), through the day that is returned.

    *until* None: for as long as there is; *by* is the person who grants it. Raises UnknownMember, TooLong.
    """
    last = today + LONGEST
    if until is not None and until > last:
        raise TooLong
    try:
        await connection.execute(_DELEGATE, member, to, facts, until or last, by)
    except asyncpg.ForeignKeyViolationError as error:
        raise UnknownMember(to if "delegate" in (error.constraint_name or "") else member) from None
    return until or last


_UNDELEGATE = "DELETE FROM delegation WHERE member = $1 AND delegate = $2 RETURNING true"


async def undelegate(connection: Connection, member: str, to: str) -> bool:
    """Whether *to* spoke for *member*; it does not any more."""
    return await connection.fetchval(_UNDELEGATE, member, to) is not None
