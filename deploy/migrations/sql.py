from pathlib import Path
from typing import TYPE_CHECKING, cast

from alembic import op
from sqlalchemy.engine.interfaces import AdaptedConnection

if TYPE_CHECKING:
    import asyncpg


def run_file(path: Path) -> None:
    """Run the statements of *path* as they stand, inside the migration's transaction.

    The driver takes several statements at once only without parameters, past SQLAlchemy's cursor.
    """
    statements = path.read_text(encoding="utf-8")
    adapted = cast("AdaptedConnection", op.get_bind().connection.dbapi_connection)

    async def execute(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.execute(statements)

    adapted.run_async(execute)
