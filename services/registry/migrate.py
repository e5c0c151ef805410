"""Bringing the database to this release: what it adds before its processes start, what it ends afterwards."""

import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from services.registry import rulebook
from services.registry.network import roster

_CONNECT_SECONDS: Final = 10.0
_SEED_SECONDS: Final = 30.0
_LOCATION: Final = "deploy:migrations"
_SCHEMA = "SELECT version_num FROM alembic_version"
_OTHERS = """
    SELECT DISTINCT application_name FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'malha-registry %' ORDER BY 1"""


class Migrated(msgspec.Struct, frozen=True):
    """Where a database stands now: the migrations that were run, and those that were left for later."""

    ran: tuple[str, ...]
    left: tuple[str, ...] = ()


class OlderProcessesError(Exception):
    """A contract step would take away what processes use that are connected now: end them first."""

    def __init__(self, connections: Sequence[str], step: str) -> None:
        super().__init__(f"{step}: {', '.join(connections)}")
        self.connections = tuple(connections)
        self.step = step


class ExpandAfterContractError(Exception):
    """An expand step lies behind a contract step: that earlier upgrade was never finished."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


def upgrade(database_url: str, *, expand_only: bool = False, location: str = _LOCATION) -> Migrated:
    """Bring the database to the newest schema, and the members to this release; again changes nothing.

    With *expand_only* the steps stay undone that take something away. A database that a newer release has
    brought further is left alone. Blocks, and runs event loops of its own: from a coroutine, call it in a
    thread. Raises OlderProcessesError, ExpandAfterContractError, and what the driver raises.
    """
    config = Config()
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    steps = list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))
    here, connected = asyncio.run(_look(database_url))
    if here is not None and here > steps[-1].revision:
        return Migrated(())
    due = [step for step in steps if here is None or step.revision > here]
    now = _before_contract(due) if expand_only else due
    _require_nobody_older(now, connected)
    if now:
        command.upgrade(config, now[-1].revision)
    if len(now) == len(due):
        asyncio.run(_seed(database_url))
    return Migrated(_named(now), _named(due[len(now) :]))


def _before_contract(due: Sequence[Script]) -> Sequence[Script]:
    first = next((number for number, step in enumerate(due) if step.module.step == "contract"), len(due))
    left = due[first:]
    behind = next((step for step in left if step.module.step == "expand"), None)
    if behind is not None:
        raise ExpandAfterContractError(left[0].revision)
    return due[:first]


def _require_nobody_older(steps: Sequence[Script], connected: Sequence[str]) -> None:
    """A connection says which schema its code knows; one that does not is older than that habit."""
    for step in steps:
        if step.module.step != "contract":
            continue
        older = [
            name for name in connected if not name.rpartition(" ")[2].isdecimal() or name[-4:] < step.revision
        ]
        if older:
            raise OlderProcessesError(older, step.revision)


def _named(steps: Sequence[Script]) -> tuple[str, ...]:
    return tuple(f"{step.revision} {step.doc.rstrip('.')} ({step.module.step})" for step in steps)


async def _look(database_url: str) -> tuple[str | None, list[str]]:
    """The schema that the database has, if any, and how the registry's connections to it are called."""
    connection = await asyncpg.connect(database_url, timeout=_CONNECT_SECONDS, command_timeout=_SEED_SECONDS)
    try:
        here: str | None = None
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is not None:
            here = await connection.fetchval(_SCHEMA)
        return here, [row["application_name"] for row in await connection.fetch(_OTHERS)]
    finally:
        await connection.close()


async def _seed(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=_CONNECT_SECONDS, command_timeout=_SEED_SECONDS)
    try:
        await roster.seed_members(connection)
        await rulebook.seed(connection)
    finally:
        await connection.close()
