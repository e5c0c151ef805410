"""Who may come in, and for whom: organisations, keys, delegations, one-time links. Connection first.

Each change raises the directory's version by itself (a trigger), and the services learn of it in a moment.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import asyncpg
import msgspec

from services.registry.queries import Connection
from shared.accounts import ApiKey
from shared.directory import Role

LINK_LIFETIME: Final = timedelta(hours=1)


class UnknownMember(Exception):  # noqa: N818 - what it is, for whoever typed the id
    """There is no member of that id."""


class AlreadyThere(Exception):  # noqa: N818 - the same
    """There is a member of that id already."""


# --------------------------------------------------------------------------------------------- keys
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


# ------------------------------------------------------------------------- members and delegations
_ADD_ORGANISATION = "INSERT INTO member (id, kind, name) VALUES ($1, 'organisation', $2)"


async def add_organisation(connection: Connection, member: str, name: str) -> None:
    """Take the organisation `org-<slug>` into the network. Raises AlreadyThere."""
    try:
        await connection.execute(_ADD_ORGANISATION, member, name)
    except asyncpg.UniqueViolationError:
        raise AlreadyThere(member) from None


_DELEGATE = """
INSERT INTO delegation (member, delegate, facts, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (member, delegate)
DO UPDATE SET facts = excluded.facts, until = excluded.until, granted_at = now()
"""


async def delegate(
    connection: Connection, member: str, to: str, facts: Sequence[str] | None, until: date | None
) -> None:
    """Let *to* speak for *member*, in these types of notice (None: all), through a day (None: open-ended)."""
    try:
        await connection.execute(_DELEGATE, member, to, facts, until)
    except asyncpg.ForeignKeyViolationError as error:
        raise UnknownMember(to if "delegate" in (error.constraint_name or "") else member) from None


_UNDELEGATE = "DELETE FROM delegation WHERE member = $1 AND delegate = $2 RETURNING true"


async def undelegate(connection: Connection, member: str, to: str) -> bool:
    """Whether *to* spoke for *member*; it does not any more."""
    return await connection.fetchval(_UNDELEGATE, member, to) is not None


# --------------------------------------------------------------------------------- one-time links
class Login(NamedTuple):
    """Who signs in by a link."""

    role: Role
    member: str


_CREATE_LINK = "INSERT INTO login_link (digest, role, member, expires_at) VALUES ($1, $2, $3, now() + $4)"


async def create_link(
    connection: Connection, role: Role, member: str, lifetime: timedelta = LINK_LIFETIME
) -> str:
    """The token of a link that signs in once, within *lifetime*. Raises UnknownMember."""
    token = secrets.token_urlsafe(32)
    try:
        await connection.execute(_CREATE_LINK, _digest(token), role, member, lifetime)
    except asyncpg.ForeignKeyViolationError:
        raise UnknownMember(member) from None
    return token


# One statement: two who click at the same moment cannot both come in.
_USE_LINK = """
UPDATE login_link SET used_at = now()
WHERE digest = $1 AND used_at IS NULL AND expires_at > now()
RETURNING role, member
"""


async def use_link(connection: Connection, token: str) -> Login | None:
    """Who signs in by that token, which is then used up; None if it is unknown, used or too old."""
    row = await connection.fetchrow(_USE_LINK, _digest(token))
    return None if row is None else Login(*row)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
