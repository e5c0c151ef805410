"""What every integration test stands on."""

import asyncpg

from shared import topology
from tests.support.servers import Vhost


async def test_a_fresh_virtual_host_stands_as_defined(vhost: Vhost) -> None:
    """A test that starts on half a topology would prove nothing."""
    assert await topology.check(vhost.management_url, vhost.name) == []


async def test_a_fresh_database_is_migrated_and_empty(database: str) -> None:
    """Members are seeded, notices are not: each test tells its own."""
    connection = await asyncpg.connect(database)
    try:
        assert await connection.fetchval("SELECT count(*) FROM member WHERE kind = 'municipality'") == 853
        assert await connection.fetchval("SELECT count(*) FROM entry") == 0
    finally:
        await connection.close()
