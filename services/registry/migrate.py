import asyncio

import asyncpg
from alembic import command
from alembic.config import Config

from services.registry import rulebook
from services.registry.network import roster

_CONNECT_SECONDS = 10.0
_SEED_SECONDS = 30.0


def upgrade(database_url: str) -> None:
    """Bring the database to the newest schema, and the members to this release; again changes nothing.

    Blocks, and runs an event loop of its own: from a coroutine, call it in a thread.
    """
    config = Config()
    config.set_main_option("script_location", "deploy:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")
    asyncio.run(_seed(database_url))


async def _seed(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=_CONNECT_SECONDS, command_timeout=_SEED_SECONDS)
    try:
        await roster.seed_members(connection)
        await rulebook.seed(connection)
    finally:
        await connection.close()
