"""Keeps what is found and compared up to date: follows the feed, in short transactions of its own.

The registering transaction knows nothing of it. Search comes first, since somebody may be waiting for it;
what is compared may come later. What fails by itself is skipped, and said: one agreement must not hold up the
others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from services.registry.finding import following, resemblances, texts
from services.registry.finding.following import Changed, Follower
from services.registry.leader import Leader, rest
from services.registry.queries import Connection
from services.registry.queries.search import INDEXING_LOCK, WANTED_CHANNEL
from shared import metrics
from shared.broker import sleep
from shared.database import Database, is_transient

log = structlog.get_logger()

LOCK: Final = INDEXING_LOCK
CHANNEL: Final = "malha_feed"
SEARCHED_POSITIONS: Final = 500
COMPARED_POSITIONS: Final = 100
"""What one transaction takes at most: an erasure waits for it, and the other follower for its turn."""

GATHER_SECONDS: Final = 0.25
"""What comes within this time is derived together, unless somebody searches: telling it goes first."""
YIELD_SECONDS: Final = 1.0

_SESSION: Final = """
SET synchronous_commit = off;            -- what is lost is derived again
SET plan_cache_mode = force_custom_plan; -- the planner meets empty tables at first
SET enable_seqscan = off; SET jit = off
"""
_KEY = "SELECT key FROM hash_key"

Derive = Callable[[Connection, Sequence[Changed], int, bytes], Awaitable[None]]


class Indexer(Leader):
    """Derives while it leads; stands by otherwise."""

    name = "registry.indexer"

    def __init__(self, database: Database, *, is_busy: Callable[[], bool] = lambda: False) -> None:
        """*database* has a connection to spare for whoever leads; *is_busy*: registering goes first."""
        super().__init__(database, LOCK, CHANNEL)
        self._is_busy = is_busy
        self._wanted = asyncio.Event()

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Derive until *stop*; then what is committed by now stays for whoever leads next."""
        await connection.execute(_SESSION)
        await begin(connection)
        await connection.add_listener(WANTED_CHANNEL, self._on_wanted)
        while not stop.is_set():
            self._news.clear()
            self._wanted.clear()
            if not await advance(connection):
                await rest(self._news)
                await rest(self._wanted, GATHER_SECONDS)
            elif self._is_busy():  # a backlog: what is registered now is found once it is through
                await sleep(YIELD_SECONDS, stop)
        await connection.remove_listener(WANTED_CHANNEL, self._on_wanted)

    def _on_wanted(self, *_: object) -> None:
        self._wanted.set()


async def begin(connection: Connection) -> None:
    """Have everything derived anew that another version of the program has derived."""
    await following.begin_again_if_older(connection, "search", texts.VERSION)
    await following.begin_again_if_older(connection, "likeness", resemblances.VERSION)


async def advance(connection: Connection) -> bool:
    """Derive what is next for both followers; whether there is more behind it."""
    searched = await _follow(connection, "search", SEARCHED_POSITIONS, texts.write)
    compared = await _follow(connection, "likeness", COMPARED_POSITIONS, resemblances.write)
    return searched or compared


async def _follow(connection: Connection, follower: Follower, most: int, derive: Derive) -> bool:
    async with connection.transaction():
        news = await following.news(connection, follower, most)
        if news.changes:
            key: bytes = await connection.fetchval(_KEY)
            await _derive(connection, news.changes, news.generation, key, derive)
        await following.reached(connection, follower, news)
    metrics.INDEXED.labels(follower).set(news.position)
    metrics.INDEX_LAG.labels(follower).set(news.head - news.position)
    return news.more


async def _derive(
    connection: Connection, changes: Sequence[Changed], generation: int, key: bytes, derive: Derive
) -> None:
    """All of *changes* together; those that fail, one by one, so that each bears its own fault."""
    try:
        async with connection.transaction():
            await derive(connection, changes, generation, key)
    except Exception as error:
        if is_transient(error):
            raise
        if len(changes) == 1:
            log.exception("agreement_not_indexed", agreement=changes[0].agreement)
            return
        for change in changes:
            await _derive(connection, [change], generation, key, derive)


async def forget(connection: Connection, agreement: str) -> None:
    """Leave nothing that was derived of *agreement*, in the transaction of its erasure, first thing in it.

    What is left of the agreement is derived anew from the feed item of the erasure.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", following.FORGETTING_LOCK)
    await texts.forget(connection, agreement)
    await resemblances.forget(connection, agreement)
