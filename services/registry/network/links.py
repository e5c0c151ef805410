"""Links that let a person in once. Connection first; only the digest of a link is kept."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final, Literal, NamedTuple

from services.registry.queries import Connection

LINK_LIFETIME: Final = timedelta(hours=1)

Way = Literal["mail", "command"]
"""Readers of mail follow links before people do: what came by mail asks before it lets in."""


class Link(NamedTuple):
    """Whom a link lets in, how it was given, and where it leads."""

    person: str
    way: Way
    back: str


_FORGET = "DELETE FROM login_link WHERE expires_at < now() - interval '1 day'"
_CREATE = """
INSERT INTO login_link (digest, person, way, back, expires_at) VALUES ($1, $2, $3, $4, now() + $5)
"""


async def create(
    connection: Connection, person: str, way: Way, *, back: str = "/", lifetime: timedelta = LINK_LIFETIME
) -> str:
    """The token of a link that lets *person* in once, within *lifetime*, and leads to *back*."""
    token = secrets.token_urlsafe(32)
    await connection.execute(_FORGET)
    await connection.execute(_CREATE, _digest(token), person, way, back, lifetime)
    return token


_LOOK = """
SELECT person, way, back FROM login_link
WHERE digest = $1 AND used_at IS NULL AND expires_at > now()
"""


async def look_at(connection: Connection, token: str) -> Link | None:
    """What that token would do, if it were used; None if it is unknown, used or too old."""
    row = await connection.fetchrow(_LOOK, _digest(token))
    return None if row is None else Link(*row)


# One statement: two who click at the same moment cannot both come in.
_USE = """
UPDATE login_link SET used_at = now()
WHERE digest = $1 AND used_at IS NULL AND expires_at > now()
RETURNING person, way, back
"""


async def use(connection: Connection, token: str) -> Link | None:
    """Whom that token lets in, which is then used up; None if it is unknown, used or too old."""
    row = await connection.fetchrow(_USE, _digest(token))
    return None if row is None else Link(*row)


def name_of(token: str) -> str:
    """What a link may be called where it is not used: its digest."""
    return _digest(token).hex()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
