"""A database is brought to this release by one call, as often as one likes."""

import asyncio
import sys
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from services.registry.network import roster
from shared import data
from tests.support.registered import Sql
from tests.support.servers import Servers, create_template, drop_database


async def migrating(url: str) -> int:
    """The exit status of a process that migrates."""
    program = "import sys; from services.registry.migrate import upgrade; upgrade(sys.argv[1])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, url)
    return await process.wait()


async def test_two_processes_may_migrate_the_same_empty_database(servers: Servers) -> None:
    """Two registries start together: one waits for the other, and both find everything there."""
    name = await create_template(servers)
    url = urlunsplit(urlsplit(servers.database_url)._replace(path=f"/{name}"))
    try:
        first, second = await asyncio.gather(migrating(url), migrating(url))
        assert (first, second) == (0, 0)
        connection = await asyncpg.connect(url, timeout=10)
        try:
            assert await connection.fetchval("SELECT count(*) FROM member") == len(data.members())
            assert await connection.fetchval("SELECT position FROM head") == 0
        finally:
            await connection.close()
    finally:
        await drop_database(servers, name)


async def test_seeding_again_changes_nothing_and_says_nothing(sql: Sql) -> None:
    """The directory's version stays: no service has to read it again."""
    version = await sql.fetchval("SELECT version FROM directory")
    assert await roster.seed_members(sql) == 0
    assert await sql.fetchval("SELECT version FROM directory") == version


async def test_seeding_corrects_a_name_and_leaves_organisations(sql: Sql) -> None:
    """A municipality's name follows the release; who joined later stays."""
    await sql.execute("INSERT INTO member (id, kind, name) VALUES ('org-ufmg', 'organisation', 'UFMG')")
    await sql.execute("UPDATE member SET name = 'Outra' WHERE id = '3106200'")
    version = await sql.fetchval("SELECT version FROM directory")
    assert await roster.seed_members(sql) == 1
    assert await sql.fetchval("SELECT name FROM member WHERE id = '3106200'") == "Belo Horizonte"
    assert await sql.fetchval("SELECT name FROM member WHERE id = 'org-ufmg'") == "UFMG"
    assert await sql.fetchval("SELECT version FROM directory") > version
