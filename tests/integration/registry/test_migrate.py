"""Bringing a database further: in two steps, one process at a time, in nobody's way."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from deploy.local.layout import CHECKOUT
from services.registry import schema
from services.registry.migrate import ExpandAfterContractError, OlderProcessesError, upgrade
from shared.database import Database, UnfitSchema, trouble
from tests.support.servers import Servers, create_template, drop_database
from tests.support.world import eventually

ADDED = """
revision, down_revision, step = "{number}", "{before}", "expand"
def upgrade():
    from alembic import op
    op.execute("ALTER TABLE member ADD COLUMN IF NOT EXISTS nickname text")
"""
TAKEN = """
from pathlib import Path
from deploy.migrations.sql import run_contract
revision, down_revision, step = "{number}", "{before}", "contract"
def upgrade():
    run_contract(Path(__file__).with_suffix(".sql"), revision)
"""
INDEXED = """
from deploy.migrations.sql import build_index
revision, down_revision, step = "{number}", "{before}", "expand"
def upgrade():
    build_index("order_by_act", "ON dead_order (act)")
"""
Release = Callable[..., str]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A later release's migrations: those of this one, then what the test adds; returns where they are."""

    def made(*steps: str) -> str:
        folder = tmp_path / "migrations"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(CHECKOUT / "deploy" / "migrations", folder)
        before = int(schema.KNOWS)
        for number, step in enumerate(steps, before + 1):
            file = folder / "versions" / f"{number:04}_made_up.py"
            file.write_text(
                f'"""Made up."""\n{step.format(number=f"{number:04}", before=f"{number - 1:04}")}'
            )
            file.with_suffix(".sql").write_text("ALTER TABLE member DROP COLUMN nickname;")
        return str(folder)

    return made


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[str]:
    """The address of a database without any tables."""
    name = await create_template(servers)
    try:
        yield servers.database_url.rpartition("/")[0] + f"/{name}"
    finally:
        await drop_database(servers, name)


async def migrating(url: str) -> int:
    """The exit status of a process that migrates."""
    program = "import sys; from services.registry.migrate import upgrade; upgrade(sys.argv[1])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, url)
    return await process.wait()


async def test_two_processes_may_migrate_the_same_empty_database(empty: str) -> None:
    """Both are started together on a new machine: one does it, the other finds it done."""
    first, second = await asyncio.gather(migrating(empty), migrating(empty))
    connection = await asyncpg.connect(empty)
    members = await connection.fetchval("SELECT count(*) FROM member")
    await connection.close()
    assert (first, second) == (0, 0)
    assert members > 853


async def test_expand_leaves_what_takes_away_for_later(database: str, release: Release) -> None:
    """Between the two steps processes of both releases work: nothing that the older one uses is gone."""
    location = release(ADDED, TAKEN)
    first = await asyncio.to_thread(upgrade, database, expand_only=True, location=location)
    assert [step[:4] for step in first.ran] == ["0017"]
    assert [step[:4] for step in first.left] == ["0018"]
    older = Database(database, "malha-registry reads", tables=schema.TABLES)
    async with older.connection() as connection:
        assert await connection.fetchval("SELECT count(nickname) FROM member") == 0
    await older.close()
    second = await asyncio.to_thread(upgrade, database, location=location)
    assert [step[:4] for step in second.ran] == ["0018"]
    assert await asyncio.to_thread(upgrade, database, location=location) == type(second)(())


async def test_nothing_is_taken_away_from_a_process_that_runs(database: str, release: Release) -> None:
    """The operator hears which connections are of an earlier release, and the database stays as it was."""
    location = release(ADDED, TAKEN)
    await asyncio.to_thread(upgrade, database, expand_only=True, location=location)
    older = Database(database, "malha-registry writes", tables=schema.TABLES)
    async with older.connection() as connection:
        with pytest.raises(OlderProcessesError) as refused:
            await asyncio.to_thread(upgrade, database, location=location)
        assert await connection.fetchval("SELECT count(nickname) FROM member") == 0
    await older.close()
    assert refused.value.connections == (f"malha-registry writes {schema.KNOWS}",)


async def test_code_that_is_too_old_says_so_instead_of_failing(database: str, release: Release) -> None:
    """After the contract step a process of the release before does not begin to work."""
    await asyncio.to_thread(upgrade, database, location=release(ADDED, TAKEN))
    older = Database(database, "malha-registry writes", tables=schema.TABLES)
    with pytest.raises(UnfitSchema) as unfit:
        async with older.connection():
            pass
    await older.close()
    assert "contracted for versions that know 0018" in trouble(unfit.value)


async def test_code_that_is_too_new_says_what_to_run(empty: str) -> None:
    """Started before the migration it waits, and its readiness names the command."""
    newer = Database(empty, "malha-registry writes", tables=schema.TABLES)
    with pytest.raises(UnfitSchema) as unfit:
        async with newer.connection():
            pass
    assert "run malha migrate --expand" in trouble(unfit.value)
    await asyncio.to_thread(upgrade, empty)
    async with newer.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM member") > 853
    await newer.close()


async def test_a_release_that_goes_back_leaves_the_schema_alone(database: str, release: Release) -> None:
    """`malha migrate` of the release before, which a container may run at each start, is no failure."""
    await asyncio.to_thread(upgrade, database, expand_only=True, location=release(ADDED))
    assert (await asyncio.to_thread(upgrade, database)).ran == ()


async def test_an_upgrade_that_was_never_finished_comes_first(database: str, release: Release) -> None:
    """Skipping a release must not run its contract step under processes that still need what it takes."""
    location = release(ADDED, TAKEN, ADDED)
    with pytest.raises(ExpandAfterContractError):
        await asyncio.to_thread(upgrade, database, expand_only=True, location=location)


async def test_an_index_is_built_while_others_write(database: str, release: Release) -> None:
    """A million rows are indexed for as long as it takes, and no notice waits for it."""
    write = "INSERT INTO dead_order (act, drafted_by) VALUES ('park', 'somebody')"
    slow, other = await asyncpg.connect(database), await asyncpg.connect(database, command_timeout=60)
    unfinished = slow.transaction()
    await unfinished.start()
    await slow.execute(write)
    building = asyncio.create_task(asyncio.to_thread(upgrade, database, location=release(INDEXED)))

    async def is_building() -> bool:
        """Here: the view shows what is built in every database of the server."""
        here = "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()"
        return bool(await other.fetchval(here))

    await eventually(is_building, "the index is being built")
    await other.execute(write)
    assert await is_building(), "it waits for the slow writer, and nobody waits for it"
    await unfinished.commit()
    await building
    valid = await other.fetchval(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'order_by_act'::regclass"
    )
    await slow.close()
    await other.close()
    assert valid
