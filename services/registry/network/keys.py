"""API keys: issued, listed, revoked. Connection first; only the digest of a secret is kept.

Each change raises the directory's version by itself (a trigger), and the services learn of it in a moment.
"""

from datetime import datetime

import asyncpg
import msgspec

from services.registry.network.roster import UnknownMember
from services.registry.queries import Connection
from shared.accounts import ApiKey
from shared.directory import Role


class IssuedKey(msgspec.Struct, frozen=True):
    """A key as the registry knows it: without its secret."""

    id: str
    member: str
    role: str
    label: str
    issued_at: datetime
    revoked_at: datetime | None


_ISSUE = "INSERT INTO api_key (id, member, role, digest, label) VALUES ($1, $2, $3, $4, $5)"


async def issue_key(connection: Connection, environment: str, member: str, role: Role, label: str) -> ApiKey:
    """A new key; its secret is known to nobody but the returned object. Raises UnknownMember."""
    key = ApiKey.issue(environment)
    try:
        await connection.execute(_ISSUE, key.id, member, role, key.digest, label)
    except asyncpg.ForeignKeyViolationError:
        raise UnknownMember(member) from None
    return key


_REVOKE = "UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING true"


async def revoke_key(connection: Connection, key_id: str) -> bool:
    """Whether there was an active key of that id; there is none any more."""
    return await connection.fetchval(_REVOKE, key_id) is not None


_KEYS = """
SELECT id, member, role, label, issued_at, revoked_at
FROM api_key
WHERE $1::text IS NULL OR member = $1
ORDER BY member, issued_at, id
"""


async def list_keys(connection: Connection, member: str | None = None) -> list[IssuedKey]:
    """The keys of *member*, or all of them, the revoked ones too."""
    return [IssuedKey(*row) for row in await connection.fetch(_KEYS, member)]
