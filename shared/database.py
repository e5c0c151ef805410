"""PostgreSQL: one small pool with deadlines everywhere, and the driver's errors translated at one seam."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import asyncpg
import structlog

from shared.notices.sentences import Sentence
from shared.problems import Unavailable

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.pool.PoolConnectionProxy

log = structlog.get_logger()

ACQUIRE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 30.0
IDLE_IN_TRANSACTION_SECONDS = 10
LOCK_SECONDS = 20

_SERVER_SETTINGS = {
    "statement_timeout": f"{COMMAND_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s",
    "lock_timeout": f"{LOCK_SECONDS}s",
    # A frozen client is noticed after 5 + 3 × 2 s, not after two hours.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}
_TRANSIENT_CODES = ("08", "53", "57P0")
# Serialisation, deadlock, a lock or statement that took too long, a demoted primary, an end while idle.
_TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03", "57014", "25006", "25P03"})
_READ_ONLY = "25006"


class DatabaseUnavailable(Unavailable):
    """PostgreSQL cannot be used for the moment; the same work may be tried again."""

    default_detail = Sentence(
        "O banco de dados está fora do ar. Tente de novo em instantes.",
        "The database is down. Try again in a moment.",
    )


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed later, unchanged.

    InterfaceError also covers mistakes of our own: whoever retries must bound it.
    """
    if isinstance(error, DatabaseUnavailable):
        return True
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state in _TRANSIENT_STATES or state.startswith(_TRANSIENT_CODES)
    return isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | OSError | TimeoutError)


class Database:
    """A pool that connects when it is first needed, so that a service starts while PostgreSQL is down."""

    def __init__(
        self,
        url: str,
        application_name: str,
        *,
        most_connections: int = 10,
        command_seconds: float = COMMAND_SECONDS,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """*application_name* is what pg_stat_activity shows; *command_seconds* bound each statement.

        *settings* are PostgreSQL's, by name.
        """
        self._url = url
        self._command_seconds = command_seconds
        self._settings = {**_SERVER_SETTINGS, **settings, "application_name": application_name}
        self._most = most_connections
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def connection(self, timeout_seconds: float = ACQUIRE_SECONDS) -> AsyncIterator[Connection]:
        """A connection for the block; whatever is transient comes out as DatabaseUnavailable."""
        try:
            pool = await self._open()
            async with pool.acquire(timeout=timeout_seconds) as connection:
                yield connection
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if not is_transient(error):
                raise
            if getattr(error, "sqlstate", None) in {None, _READ_ONLY} and self._pool is not None:
                # A line that froze or a primary that was demoted: the idle connections share its fate.
                await self._pool.expire_connections()
            log.warning("database_unavailable", why=type(error).__name__, detail=str(error)[:200])
            raise DatabaseUnavailable from error

    async def close(self) -> None:
        """Close what is idle, give what is busy 5 s, then drop it."""
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _open(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._most,
                    timeout=CONNECT_SECONDS,
                    command_timeout=self._command_seconds,
                    server_settings=self._settings,
                )
            return self._pool
