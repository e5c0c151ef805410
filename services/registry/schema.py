"""Whether the database's tables are those that this code works with: asked on every new connection.

Migrations come in two steps (docs/decisions/0032-upgrades.md). What an *expand* step adds, code that came
before it does not miss; a *contract* step takes away what code from some release on does not use any more.
"""

from typing import Final

import asyncpg

from shared.database import Tables, UnfitSchema

NEEDS: Final = "0016"
"""The newest expand step that came with this code: with it, all that this code uses is there."""
KNOWS: Final = "0016"
"""The newest step of any kind that came with it."""

_STATE = "SELECT version_num AS schema, (SELECT code FROM schema_floor) AS floor FROM alembic_version"


async def require_fit(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Raise UnfitSchema unless this code can work with the tables that are there."""
    try:
        state = await connection.fetchrow(_STATE)
    except asyncpg.UndefinedTableError:
        state = None
    schema, floor = (state["schema"], state["floor"]) if state else ("an older one", "")
    if state is None or schema < NEEDS:
        raise UnfitSchema(f"the schema is {schema}, this version needs {NEEDS}: run malha migrate --expand")
    if floor > KNOWS:
        raise UnfitSchema(
            f"the schema was contracted for versions that know {floor}, this one knows {KNOWS}:"
            " start a newer one"
        )


TABLES: Final = Tables(KNOWS, require_fit)
