"""Who is in the network: the members of the first day, and the directory that every service reads."""

from services.registry.writing.store import Connection
from shared import data

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
