from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from alembic import op
from sqlalchemy import text
from sqlalchemy.engine.interfaces import AdaptedConnection

if TYPE_CHECKING:
    import asyncpg

WAIT_FOR_TABLE: Final = "SET lock_timeout = '5s'"
"""Whoever wants a table for itself makes everybody wait behind it: better to give up and try again."""


def run_file(path: Path) -> None:
    """Run the statements of *path* as they stand, inside the migration's transaction.

    The driver takes several statements at once only without parameters, past SQLAlchemy's cursor.
    """
    _run(path.read_text(encoding="utf-8"))


def run_contract(path: Path, revision: str) -> None:
    """The same for a contract step: code that does not know *revision* cannot work here any more."""
    run_file(path)
    op.execute(text("UPDATE schema_floor SET code = :code").bindparams(code=revision))


def build_index(name: str, definition: str) -> None:
    """Create the index *name* as *definition* (`ON entry (member)`) without holding up who writes.

    Outside any transaction, and so by itself in its migration. What an attempt that failed left behind is
    dropped first, and the migration may simply be run again.
    """
    with op.get_context().autocommit_block():
        # It waits for whoever writes, as long as that takes; nobody waits for it.
        _run("SET lock_timeout = 0")
        _run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        _run(f"CREATE INDEX CONCURRENTLY {name} {definition}")
        _run(WAIT_FOR_TABLE)


def _run(statements: str) -> None:
    adapted = cast("AdaptedConnection", op.get_bind().connection.dbapi_connection)

    async def execute(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        await connection.execute(statements)

    adapted.run_async(execute)
