"""PostgreSQL through lines that fail: whatever is transient comes out as one error, and in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from shared.database import Database, DatabaseUnavailable, is_transient
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.servers import Servers

PATIENCE_SECONDS = 60


@pytest.fixture
async def proxy(servers: Servers) -> AsyncIterator[FaultProxy]:
    """A line to PostgreSQL that can fail."""
    async with fault_proxy(servers.database_url) as found:
        yield found


@asynccontextmanager
async def pool(
    url: str, *, most_connections: int = 2, command_seconds: float = 60.0
) -> AsyncIterator[Database]:
    """A pool that is closed in time."""
    found = Database(url, "malha-test", most_connections=most_connections, command_seconds=command_seconds)
    try:
        yield found
    finally:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await found.close()


async def ask(found: Database) -> int:
    """One round trip."""
    async with found.connection() as connection:
        return int(await connection.fetchval("SELECT 1"))


async def cut_in_a_transaction(found: Database, proxy: FaultProxy) -> None:
    """Lose the line between two statements of one transaction."""
    async with found.connection() as connection, connection.transaction():
        await connection.execute("SELECT 1")
        proxy.cut()
        await connection.execute("SELECT 1")


async def works_again(found: Database) -> None:
    """A round trip succeeds again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await ask(found)
            except DatabaseUnavailable:
                await asyncio.sleep(0.05)
            else:
                return


async def test_database_that_is_down_at_the_start_is_found_later(proxy: FaultProxy) -> None:
    """The registry starts before PostgreSQL does, and says so instead of ending."""
    proxy.refuse()
    async with pool(proxy.url) as found:
        with pytest.raises(DatabaseUnavailable):
            await ask(found)
        await proxy.accept()
        assert await ask(found) == 1


async def test_terminated_backend_is_unavailable_once(servers: Servers) -> None:
    """A failover ends every connection; the pool notices by itself and connects again."""
    async with pool(servers.database_url) as found:
        with pytest.raises(DatabaseUnavailable):
            async with found.connection() as connection, connection.transaction():
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        await works_again(found)


async def test_cut_line_in_a_transaction_is_unavailable(proxy: FaultProxy) -> None:
    """Whether it was committed is then unknown: the inbox decides on the next try."""
    async with pool(proxy.url) as found:
        with pytest.raises(DatabaseUnavailable):
            await cut_in_a_transaction(found, proxy)
        await works_again(found)


async def test_frozen_line_ends_within_the_deadlines(proxy: FaultProxy) -> None:
    """A frozen peer never answers, not even a cancellation; nobody waits for it for ever."""
    async with pool(proxy.url, command_seconds=1.0) as found:
        await works_again(found)
        proxy.strand()
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(DatabaseUnavailable):
                await ask(found)
        await works_again(found)


async def test_waiting_for_a_connection_has_a_deadline(servers: Servers) -> None:
    """A busy pool is a 503 after a moment, not a queue without end."""
    async with pool(servers.database_url, most_connections=1) as found, found.connection():
        with pytest.raises(DatabaseUnavailable):
            async with found.connection(timeout_seconds=0.1):
                pytest.fail("there is only one connection")


async def test_our_own_mistakes_stay_what_they_are(servers: Servers) -> None:
    """A constraint or a typing error is not cured by trying again."""
    async with pool(servers.database_url) as found:
        with pytest.raises(asyncpg.UndefinedTableError):
            async with found.connection() as connection:
                await connection.execute("SELECT * FROM no_such_table")
        with pytest.raises(LookupError):
            async with found.connection():
                raise LookupError
        assert await ask(found) == 1


async def test_deadlines_are_the_servers_too(servers: Servers) -> None:
    """A registry that is frozen itself must not hold the head row: PostgreSQL ends its transaction."""
    async with pool(servers.database_url) as found, found.connection() as connection:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
            assert await connection.fetchval("SELECT current_setting($1)", name) not in {"0", ""}
        assert await connection.fetchval("SELECT current_setting('tcp_keepalives_idle')") == "5"
        assert await connection.fetchval("SELECT current_setting('application_name')") == "malha-test"


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (asyncpg.DeadlockDetectedError("x"), True),
        (asyncpg.SerializationError("x"), True),
        (asyncpg.TooManyConnectionsError("x"), True),
        (asyncpg.AdminShutdownError("x"), True),
        (asyncpg.CannotConnectNowError("x"), True),
        (asyncpg.LockNotAvailableError("x"), True),
        (asyncpg.DiskFullError("x"), True),
        (asyncpg.QueryCanceledError("x"), True),
        (asyncpg.ReadOnlySQLTransactionError("x"), True),
        (asyncpg.ConnectionDoesNotExistError("x"), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.InternalClientError("x"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.UniqueViolationError("x"), False),
        (asyncpg.PostgresSyntaxError("x"), False),
        (asyncpg.DataError("x"), False),
        (LookupError(), False),
    ],
)
def test_what_passes_is_told_from_what_does_not(error: Exception, *, transient: bool) -> None:
    """Retrying our own mistakes for ever would be a stuck queue; giving up on a restart, a lost message."""
    assert is_transient(error) is transient
