"""`malha migrate`: the registry's tables, and who its members are."""

from services.command.failure import reaching_database
from services.command.output import console
from services.command.stack import Stack


def migrate() -> None:
    """Leva o banco à versão atual e inscreve os membros · Brings the database to the current version."""
    import asyncio  # noqa: PLC0415 (every command pays only for what it uses)

    url = Stack.current().database_url

    async def upgrade_database() -> None:
        from services.registry.migrate import upgrade  # noqa: PLC0415 (Alembic and SQLAlchemy load slowly)

        async with reaching_database():
            await asyncio.to_thread(upgrade, url)

    asyncio.run(upgrade_database())
    console.print("O banco está na versão atual · the database is at the current version")
