"""A restored database learns from the services who may speak: what was taken away since stays away.

The directory that the services follow is newer than the tables here. It holds no names, labels or addresses:
keys and delegations come back from it whole, accounts that were opened since do not.
"""

from base64 import urlsafe_b64decode
from typing import Any, Final

import msgspec
import structlog

from services.registry.queries import Connection
from shared.database import Connection as Leading
from shared.directory import Directory

log = structlog.get_logger()


class Found(msgspec.Struct, frozen=True):
    """What was found to be otherwise, by id; a delegation is [member, delegate]."""

    keys_revoked: list[str]
    keys_added: list[tuple[str, str]]
    delegations_ended: list[tuple[str, str]]
    delegations_added: list[tuple[str, str]]
    people_ended: list[str]
    people_unknown: list[tuple[str, str, str]]
    """Accounts that were opened since: id, role, member. They have to be opened again."""
    letters_ended: list[str]
    """Members whose letter may have been used for one of these: they need a new one."""


def is_undone(newer: Directory, ours: Directory) -> bool:
    """Whether *ours* has given back something that *newer*, of the same version, had taken away.

    Commits may be lost and as many others made before anybody compares.
    """
    revoked = {key.id for key in newer.keys if key.revoked}
    there = {(each.member, each.delegate) for each in newer.delegations}
    return (
        any(key.id in revoked and not key.revoked for key in ours.keys)
        or any((each.member, each.delegate) not in there for each in ours.delegations)
        or any(person.id not in newer.person_by_id for person in ours.people)
    )


async def reconcile(connection: Leading, newer: Directory) -> Found:
    """Bring the tables to what *newer* says, and above its version; everybody signs in again.

    Sessions are not in the directory, only those that were ended: whichever began or ended since the backup
    cannot be told apart from the others.
    """
    async with connection.transaction():
        await connection.execute(_MEMBERS, *_columns(newer.members, "id", "kind", "name", "mesoregion"))
        found = Found(
            keys_revoked=await _ids(connection, _REVOKE, [key.id for key in newer.keys if key.revoked]),
            keys_added=await _add_keys(connection, newer),
            **await _delegations(connection, newer),
            people_ended=await _end_people(connection, newer),
            people_unknown=(unknown := await _unknown_people(connection, newer)),
            letters_ended=await _ids(connection, _END_LETTERS, sorted({member for _, _, member in unknown})),
        )
        await connection.execute(_SIGN_OUT)
        await connection.execute(_SPEND_LINKS)
        await connection.execute(_RAISE, newer.version + 1)
        await connection.execute(_NOTE, newer.version, msgspec.json.encode(found).decode())
    log.error(
        "directory_reconciled",
        version=newer.version,
        **{name: len(each) for name, each in msgspec.structs.asdict(found).items()},
    )
    return found


_MEMBERS: Final = """
INSERT INTO member (id, kind, name, mesoregion)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
"""
_REVOKE: Final = """
UPDATE api_key SET revoked_at = now() WHERE id = ANY($1::text[]) AND revoked_at IS NULL RETURNING id
"""
_ADD_KEYS: Final = """
INSERT INTO api_key (id, member, role, digest, revoked_at)
SELECT id, member, role, digest, CASE WHEN revoked THEN now() END
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::boolean[])
    AS k (id, member, role, digest, revoked)
ON CONFLICT DO NOTHING RETURNING id, member
"""
_END_DELEGATIONS: Final = """
DELETE FROM delegation d WHERE NOT EXISTS (
    SELECT FROM unnest($1::text[], $2::text[]) AS now (member, delegate)
    WHERE now.member = d.member AND now.delegate = d.delegate)
RETURNING member, delegate
"""
_DELEGATE: Final = """
INSERT INTO delegation (member, delegate, facts, until) VALUES ($1, $2, $3, coalesce($4, now()::date + 90))
ON CONFLICT (member, delegate) DO UPDATE SET facts = excluded.facts, until = excluded.until
WHERE delegation.facts IS DISTINCT FROM excluded.facts OR delegation.until <> excluded.until
RETURNING true
"""
_END_PEOPLE: Final = """
UPDATE person SET ended_at = now(), email = NULL, is_administrator = false
WHERE ended_at IS NULL AND id <> ALL($1::text[]) RETURNING id
"""
_CHANGED_PEOPLE: Final = """
UPDATE person p SET member = now.member, role = now.role, ends_on = now.ends_on
FROM unnest($1::text[], $2::text[], $3::text[], $4::date[]) AS now (id, member, role, ends_on)
WHERE p.id = now.id AND p.ended_at IS NULL
  AND (p.member, p.role, p.ends_on) IS DISTINCT FROM (now.member, now.role, now.ends_on)
"""
_FORGET_IDENTITIES: Final = "DELETE FROM identity WHERE person = ANY($1::text[])"
_KNOWN: Final = "SELECT id FROM person WHERE id = ANY($1::text[])"
_END_LETTERS: Final = """
UPDATE invitation SET ended_at = now()
WHERE member = ANY($1::text[]) AND used_at IS NULL AND ended_at IS NULL RETURNING member
"""
_SIGN_OUT: Final = "UPDATE person SET sessions_since = clock_timestamp() WHERE ended_at IS NULL"
_SPEND_LINKS: Final = "UPDATE login_link SET used_at = now() WHERE used_at IS NULL"
_RAISE: Final = "UPDATE directory SET version = $1 WHERE version < $1"
_NOTE: Final = "INSERT INTO reconciled (version, found) VALUES ($1, $2::jsonb) ON CONFLICT DO NOTHING"


async def _ids(connection: Connection, statement: str, asked: list[str]) -> list[str]:
    return [row[0] for row in await connection.fetch(statement, asked)]


async def _add_keys(connection: Connection, newer: Directory) -> list[tuple[str, str]]:
    columns = _columns(newer.keys, "id", "member", "role")
    digests = [urlsafe_b64decode(key.digest + "=") for key in newer.keys]
    revoked = [key.revoked for key in newer.keys]
    rows = await connection.fetch(_ADD_KEYS, *columns, digests, revoked)
    return [(row["id"], row["member"]) for row in rows]


async def _delegations(connection: Connection, newer: Directory) -> dict[str, list[tuple[str, str]]]:
    ended = await connection.fetch(_END_DELEGATIONS, *_columns(newer.delegations, "member", "delegate"))
    added = []
    for each in newer.delegations:
        facts = None if each.facts is None else list(each.facts)
        if await connection.fetchval(_DELEGATE, each.member, each.delegate, facts, each.until):
            added.append((each.member, each.delegate))
    return {
        "delegations_ended": [(row["member"], row["delegate"]) for row in ended],
        "delegations_added": added,
    }


async def _end_people(connection: Connection, newer: Directory) -> list[str]:
    ended = await _ids(connection, _END_PEOPLE, [person.id for person in newer.people])
    await connection.execute(_FORGET_IDENTITIES, ended)
    await connection.execute(_CHANGED_PEOPLE, *_columns(newer.people, "id", "member", "role", "until"))
    return ended


async def _unknown_people(connection: Connection, newer: Directory) -> list[tuple[str, str, str]]:
    known = set(await _ids(connection, _KNOWN, [person.id for person in newer.people]))
    return [(one.id, one.role, one.member) for one in newer.people if one.id not in known]


def _columns(rows: tuple[Any, ...], *names: str) -> list[list[Any]]:
    return [[getattr(row, name) for row in rows] for name in names]
