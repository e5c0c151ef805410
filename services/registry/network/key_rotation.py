"""A member's own keys: issued, replaced with an overlap, ended. Connection first.

Only keys of the role `member` are handled here: whoever speaks for a member gives nobody another role.
"""

import re
from base64 import b32encode
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Final

import asyncpg
import msgspec

from services.registry.network.roster import UnknownMember
from services.registry.queries import Connection
from shared.accounts import ApiKey
from shared.settings import Environment

MOST_KEYS: Final = 20
"""Keys of one member that are good at the same time."""
LONGEST_LABEL: Final = 80
OVERLAPS: Final[dict[str, timedelta]] = {
    "0": timedelta(0),
    "1": timedelta(days=1),
    "7": timedelta(days=7),
    "30": timedelta(days=30),
}
"""How long a key that was replaced stays good, by its days."""
_KEY_ID: Final = re.compile(r"[a-z2-7]{12}")


class TooManyKeys(Exception):  # noqa: N818 - what is the case, for whoever asks for one more
    """The member has as many keys as it may."""


class NoSuchKey(Exception):  # noqa: N818 - the same
    """The member has no such key, or it has ended."""


class AlreadyIssued(Exception):  # noqa: N818 - the same
    """The form was sent twice: the key is there, and its secret was shown."""


class MemberKey(msgspec.Struct, frozen=True):
    """A key, and how it stands. *ends_at*: it was replaced; *used*: the protocol of its last notice.

    *older*: it is good, and was issued in an earlier mandate; *unattended*: and nobody of the member has
    signed in since that ended.
    """

    id: str
    label: str
    issued_at: datetime
    revoked_at: datetime | None
    ends_at: datetime | None
    last_used_at: datetime | None
    used: str | None
    older: bool
    unattended: bool


def new_id() -> str:
    """The id of a key to be: a form carries it, so that sent twice it makes one key."""
    return b32encode(token_bytes(8)).decode().lower()[:12]


_KEYS: Final = """
SELECT k.id, k.label, k.issued_at, k.revoked_at, k.ends_at, u.last_used_at, e.protocol,
    k.revoked_at IS NULL AND k.issued_at < $2,
    k.revoked_at IS NULL AND k.issued_at < $2 AND NOT EXISTS (
        SELECT FROM person p WHERE p.member = k.member AND p.signed_in_at >= $2)
FROM api_key k
LEFT JOIN key_use u ON u.key = k.id
LEFT JOIN entry e ON e.position = u.position
WHERE k.member = $1 AND k.role = 'member'
ORDER BY k.revoked_at IS NOT NULL, k.issued_at DESC, k.id
LIMIT 200
"""


async def keys_of(connection: Connection, member: str, mandate_began: datetime) -> list[MemberKey]:
    """The keys of *member*, those that are good first, the newest of each kind first."""
    return [MemberKey(*row) for row in await connection.fetch(_KEYS, member, mandate_began)]


# Whoever registers an agreement of the member holds a key share of its row: that one need not wait.
_LOCK: Final = "SELECT true FROM member WHERE id = $1 FOR NO KEY UPDATE"
_GOOD: Final = "SELECT count(*) FROM api_key WHERE member = $1 AND role = 'member' AND revoked_at IS NULL"
_ISSUE: Final = """
INSERT INTO api_key (id, member, role, digest, label) VALUES ($1, $2, 'member', $3, $4)
"""


async def issue(
    connection: Connection, environment: Environment, member: str, label: str, key_id: str
) -> ApiKey:
    """A new key of *member*, called *key_id*; its secret is known to nobody but the returned object.

    Raises UnknownMember, TooManyKeys, and AlreadyIssued where *key_id* is taken.
    """
    if not _KEY_ID.fullmatch(key_id):
        raise NoSuchKey(key_id)
    async with connection.transaction():
        if await connection.fetchval(_LOCK, member) is None:
            raise UnknownMember(member)
        key = await _issue(connection, environment, member, label, key_id)
        if await connection.fetchval(_GOOD, member) > MOST_KEYS:
            raise TooManyKeys(member)
    return key


_REPLACED: Final = """
UPDATE api_key SET ends_at = now() + $3, revoked_at = CASE WHEN $3 = '0'::interval THEN now() END
WHERE id = $1 AND member = $2 AND role = 'member' AND revoked_at IS NULL AND ends_at IS NULL
RETURNING label
"""


async def rotate(
    connection: Connection,
    environment: Environment,
    member: str,
    old: str,
    *,
    overlap: timedelta,
    key_id: str,
) -> ApiKey:
    """A new key in the place of *old*, which stays good for *overlap* longer.

    Raises NoSuchKey where *old* is not a good key of the member, or was replaced already; AlreadyIssued.
    """
    if not _KEY_ID.fullmatch(key_id):
        raise NoSuchKey(key_id)
    async with connection.transaction():
        await connection.fetchval(_LOCK, member)
        if await connection.fetchval("SELECT true FROM api_key WHERE id = $1", key_id):
            raise AlreadyIssued(key_id)
        label = await connection.fetchval(_REPLACED, old, member, overlap)
        if label is None:
            raise NoSuchKey(old)
        return await _issue(connection, environment, member, label, key_id)


async def _issue(
    connection: Connection, environment: Environment, member: str, label: str, key_id: str
) -> ApiKey:
    key = ApiKey(environment, key_id, ApiKey.issue(environment).secret)
    try:
        await connection.execute(_ISSUE, key.id, member, key.digest, label)
    except asyncpg.UniqueViolationError:
        raise AlreadyIssued(key_id) from None
    return key


_REVOKE: Final = """
UPDATE api_key SET revoked_at = now()
WHERE id = $1 AND member = $2 AND role = 'member' AND revoked_at IS NULL
RETURNING true
"""


async def revoke(connection: Connection, member: str, key_id: str) -> None:
    """End the key at once. Raises NoSuchKey."""
    if await connection.fetchval(_REVOKE, key_id, member) is None:
        raise NoSuchKey(key_id)


# Asked before it is done: even an UPDATE of nothing would raise the directory's version.
_DUE: Final = "SELECT EXISTS (SELECT FROM api_key WHERE revoked_at IS NULL AND ends_at <= now())"
_END: Final = "UPDATE api_key SET revoked_at = ends_at WHERE revoked_at IS NULL AND ends_at <= now()"


async def end_due(connection: Connection) -> bool:
    """End the keys whose overlap is over; whether there were any."""
    if not await connection.fetchval(_DUE):
        return False
    await connection.execute(_END)
    return True
