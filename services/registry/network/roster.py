"""Who is in the network: the members of the first day, and the organisations that join."""

import asyncpg

from services.registry.queries import Connection
from shared import data


class UnknownMember(Exception):  # noqa: N818 - what it is, for whoever typed the id
    """There is no member of that id."""


class AlreadyThere(Exception):  # noqa: N818 - the same
    """There is a member of that id already."""


# Statement triggers raise the directory's version: so nothing is said where nothing changes.
_MISSING = """
SELECT id, kind, name, mesoregion
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS m (id, kind, name, mesoregion)
EXCEPT SELECT id, kind, name, mesoregion FROM member
"""
_SEED = """
INSERT INTO member (id, kind, name, mesoregion)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, mesoregion = excluded.mesoregion
"""


async def seed_members(connection: Connection) -> int:
    """Add the state and the municipalities, and correct their names; how many were missing or other."""
    members = [(m.id, m.kind, m.name, m.mesoregion) for m in data.members().values()]
    missing = await connection.fetch(_MISSING, *zip(*members, strict=True))
    if missing:
        await connection.execute(_SEED, *zip(*(tuple(row) for row in missing), strict=True))
    return len(missing)


_ADD_ORGANISATION = "INSERT INTO member (id, kind, name) VALUES ($1, 'organisation', $2)"


async def add_organisation(connection: Connection, member: str, name: str) -> None:
    """Take the organisation `org-<slug>` into the network. Raises AlreadyThere."""
    try:
        await connection.execute(_ADD_ORGANISATION, member, name)
    except asyncpg.UniqueViolationError:
        raise AlreadyThere(member) from None
