"""Sessions: begun, shown to their person, ended. Connection first.

A service takes a session for as long as the directory has its person, does not name the session as ended, and
does not say that all the person's sessions ended since.
"""

import secrets
from datetime import datetime
from typing import Final, NamedTuple

from services.registry.network.people import Person
from services.registry.queries import Connection
from shared.accounts import SESSION_LIFETIME, Session

LONGEST_DEVICE: Final = 200


class Shown(NamedTuple):
    """A session that runs, as its person sees it."""

    id: str
    way: str
    device: str
    began_at: datetime
    expires_at: datetime


_FORGET = "DELETE FROM session WHERE expires_at < now() - interval '30 days'"
_BEGIN = """
INSERT INTO session (id, person, way, device, began_at, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() + $5)
RETURNING began_at, expires_at
"""
_SIGNED_IN = "UPDATE person SET signed_in_at = now() WHERE id = $1"


async def begin(connection: Connection, person: Person, way: str, device: str) -> Session:
    """A new session of 12 hours for *person*, who came in by *way* with what calls itself *device*."""
    sid = secrets.token_hex(16)
    async with connection.transaction():
        await connection.execute(_FORGET)
        row = await connection.fetchrow(
            _BEGIN, sid, person.id, way, device[:LONGEST_DEVICE], SESSION_LIFETIME
        )
        await connection.execute(_SIGNED_IN, person.id)
    assert row is not None  # noqa: S101 (what was inserted is returned)
    return Session(person.id, sid, row["began_at"].timestamp(), row["expires_at"].timestamp())


_RUNNING = """
SELECT s.id, s.way, s.device, s.began_at, s.expires_at
FROM session s JOIN person p ON p.id = s.person
WHERE s.person = $1 AND s.ended_at IS NULL AND s.expires_at > now() AND s.began_at >= p.sessions_since
ORDER BY s.began_at DESC
"""


async def running(connection: Connection, person: str) -> list[Shown]:
    """The sessions of *person* that are good, the last one first."""
    return [Shown(*row) for row in await connection.fetch(_RUNNING, person)]


_END = """
UPDATE session SET ended_at = now()
WHERE id = $1 AND person = $2 AND ended_at IS NULL
RETURNING true
"""


async def end(connection: Connection, person: str, sid: str) -> bool:
    """Whether *person* had that session; it has ended, in all services in a moment."""
    return await connection.fetchval(_END, sid, person) is not None


_END_OTHERS = """
UPDATE session SET ended_at = now()
WHERE person = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > now()
"""


async def end_others(connection: Connection, person: str, sid: str) -> None:
    """End all sessions of *person* but *sid*."""
    await connection.execute(_END_OTHERS, person, sid)


_SIGN_OUT = """
UPDATE person SET sessions_since = clock_timestamp() WHERE id = $1 AND ended_at IS NULL RETURNING true
"""


async def end_all(connection: Connection, person: str) -> bool:
    """Whether there is such a person; all its sessions have ended."""
    return await connection.fetchval(_SIGN_OUT, person) is not None
