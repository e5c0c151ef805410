"""PostgreSQL: one small pool with deadlines everywhere, and the driver's errors translated at one seam."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import structlog

from shared import metrics, tls
from shared.addresses import each_host
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
COMMIT_SECONDS = 10.0
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
_FOR_EVER_SECONDS = 86_400.0
_UNREPLICATED = "01000"
"""With this warning a COMMIT "succeeds" whose wait for a synchronous standby was cancelled."""


class DatabaseUnavailable(Unavailable):
    """PostgreSQL cannot be used for the moment; the same work may be tried again."""

    default_detail = Sentence(
        "O banco de dados está fora do ar. Tente de novo em instantes.",
        "The database is down. Try again in a moment.",
    )


class CommittedHereAlone(DatabaseUnavailable):
    """PostgreSQL has committed, but no standby has confirmed it: a failover now would forget it."""


class UnfitSchema(DatabaseUnavailable):
    """The tables that are there are not those that this program works with; *why* says what to do."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class Tables(NamedTuple):
    """The schema that a program knows; `require` raises UnfitSchema where it cannot work with another."""

    knows: str
    require: "Callable[[asyncpg.Connection[asyncpg.Record]], Coroutine[Any, Any, None]]"


def trouble(error: DatabaseUnavailable) -> str:
    """What readiness says of *error*: not reachable, another schema, or which certificate is in the way."""
    if isinstance(error, UnfitSchema):
        return f"PostgreSQL: {error.why}"
    return f"PostgreSQL: {tls.explained(error) or 'not reachable'}"


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


@contextmanager
def replicated(connection: Connection) -> Iterator[None]:
    """Raise CommittedHereAlone at the end of the block if a COMMIT in it gave up waiting for its standby.

    PostgreSQL cannot undo such a commit, and reports success with a warning (SyncRepWaitForLSN).
    """
    warned: list[str] = []

    def heard(_connection: object, message: Any) -> None:
        if message.sqlstate == _UNREPLICATED:
            warned.append(message.message)

    connection.add_log_listener(heard)
    try:
        yield
    finally:
        with suppress(asyncpg.InterfaceError):  # the pool has taken a dead one back
            connection.remove_log_listener(heard)
    if warned:
        log.error("committed_without_standby", detail=warned[0][:200])
        raise CommittedHereAlone


async def commit(connection: Connection) -> None:
    """Commit. After COMMIT_SECONDS it is left to PostgreSQL alone: TimeoutError, the outcome unknown.

    A commit that waits for its standby must not be cancelled, as the driver's deadline may: it would be seen,
    and told to everybody, before the standby has it. Its connection is ended instead, and it waits on alone
    (PostgreSQL's statement timeout does not count while it commits).
    """
    with replicated(connection):
        doing = asyncio.ensure_future(connection.execute("COMMIT", timeout=_FOR_EVER_SECONDS))
        try:
            await asyncio.wait({doing}, timeout=COMMIT_SECONDS)
        finally:
            if not doing.done():
                connection.terminate()
                doing.add_done_callback(_forget)
        if not doing.done():
            raise TimeoutError
        doing.result()


def _forget(done: asyncio.Future[str]) -> None:
    if not done.cancelled():
        done.exception()


class _Servers:
    """Whichever of the servers can be used; the one that served last is asked first.

    Each has its share of the time: the driver would spend all of it on one that is frozen.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._urls = list(each_host(url))
        self._options = options

    async def connect(
        self,
        dsn: str | None = None,  # noqa: ARG002 - the pool names none
        **given: Any,
    ) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection; what is raised otherwise is what the server said that was asked last."""
        seconds = CONNECT_SECONDS / len(self._urls)
        *firsts, last = self._urls
        for url in firsts:
            try:
                return await self._connect(url, seconds, given)
            except Exception as error:  # judged, then raised or passed over
                if not is_transient(error):
                    raise
        return await self._connect(last, seconds, given)

    async def _connect(
        self, url: str, seconds: float, given: Mapping[str, Any]
    ) -> "asyncpg.Connection[asyncpg.Record]":
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            url, timeout=seconds, **self._options, **given
        )
        if url != self._urls[0]:
            self._urls = [url, *(other for other in self._urls if other != url)]
        return connection


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
        tables: Tables | None = None,
    ) -> None:
        """*application_name* is what pg_stat_activity shows; *command_seconds* bound each statement.

        *settings* are PostgreSQL's, by name. *tables* are asked for on each new connection, and what they are
        is part of the name: so a step of a migration sees who would not survive it.
        """
        shown = f"{application_name} {tables.knows}" if tables else application_name
        self._servers = _Servers(
            url,
            command_timeout=command_seconds,
            server_settings={**_SERVER_SETTINGS, **settings, "application_name": shown},
        )
        self._tables = tables
        self._most = most_connections
        self._waited = metrics.POOL_WAIT_SECONDS.labels(application_name)
        self._failures = metrics.POOL_FAILURES.labels(application_name)
        self._waiting: dict[object, float] = {}
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def connection(self, timeout_seconds: float = ACQUIRE_SECONDS) -> AsyncIterator[Connection]:
        """A connection for the block; whatever is transient comes out as DatabaseUnavailable."""
        began = time.perf_counter()
        waiter = object()
        self._waiting[waiter] = began
        try:
            pool = await self._open()
            async with pool.acquire(timeout=timeout_seconds) as connection:
                del self._waiting[waiter]
                self._waited.observe(time.perf_counter() - began)
                with replicated(connection):
                    yield connection
        except UnfitSchema as error:
            log.warning("schema_unfit", why=error.why)
            raise
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if not is_transient(error):
                raise
            if getattr(error, "sqlstate", None) in {None, _READ_ONLY} and self._pool is not None:
                # A line that froze or a primary that was demoted: the idle connections share its fate.
                await self._pool.expire_connections()
            self._failures.inc()
            log.warning(
                "database_unavailable",
                why=type(error).__name__,
                detail=tls.explained(error) or str(error)[:200],
            )
            raise DatabaseUnavailable from error
        finally:
            self._waiting.pop(waiter, None)

    def late_seconds(self) -> float:
        """How long whoever waits longest for a connection has waited by now."""
        for began in self._waiting.values():  # in the order of their coming
            return time.perf_counter() - began
        return 0.0

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
                    connect=self._servers.connect,
                    init=self._tables.require if self._tables else None,
                    min_size=0,
                    max_size=self._most,
                )
            return self._pool
