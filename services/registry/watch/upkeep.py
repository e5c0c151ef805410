"""Once a day: what the past has made many rows of becomes few, a little at a time."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import asyncpg
import structlog

from services.registry import queries
from services.registry.writing import store
from shared.broker import sleep
from shared.database import Connection

log = structlog.get_logger()

MERGED_AFTER_DAYS: Final = 7
"""What is merged cannot be taken apart: a day is past when this process's clock and PostgreSQL's say so."""
SLICE_COUNTS: Final = 100
"""So many rows are merged while everybody else who writes waits."""
KEPT_WHOLE_DAYS: Final = 30
SLICE_PUBLICATIONS: Final = 2_000
PAUSE_SECONDS: Final = 0.02
LAPSED_DAYS: Final = 365
"""How long an account that no letter renewed waits for one."""
AUDITED_DAYS: Final = 5 * 365
"""How long it is known who read what, and what they were called."""


async def keep_up(connection: Connection, today: date, stop: asyncio.Event) -> None:
    """Merge the counts of past days, thin what is kept of publishing, forget people; until *stop*."""
    past = min(today, await connection.fetchval(_TODAY)) - timedelta(MERGED_AFTER_DAYS)
    merged = await merge_counts(connection, past, stop)
    thinned = await thin_publications(connection, datetime.now(UTC) - timedelta(KEPT_WHOLE_DAYS), stop)
    forgotten = await forget_people(connection, today)
    if merged or thinned or forgotten:
        log.info("kept_up", counts_merged=merged, publications_thinned=thinned, people_forgotten=forgotten)


_TODAY: Final = "SELECT (now() AT TIME ZONE 'America/Sao_Paulo')::date"
_PAST: Final = """
SELECT member, measure, key, visibility, day FROM tally WHERE day > '-infinity' AND day <= $1
ORDER BY member, measure, key, visibility, day LIMIT 10000
"""
_MERGE: Final = """
WITH past AS (
    DELETE FROM tally t
    USING unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[])
        AS old (member, measure, key, visibility, day)
    WHERE t.member = old.member AND t.measure = old.measure AND t.key = old.key
      AND t.visibility = old.visibility AND t.day = old.day
    RETURNING t.*
)
INSERT INTO tally (member, measure, key, visibility, day, n)
SELECT member, measure, key, visibility, '-infinity', sum(n)::bigint FROM past
GROUP BY member, measure, key, visibility
ON CONFLICT (member, measure, key, visibility, day) DO UPDATE SET n = tally.n + excluded.n
"""


async def merge_counts(connection: Connection, until: date, stop: asyncio.Event) -> int:
    """Put the changes of every figure up to the day *until* into one row; how many rows that were.

    A count on a later day stays the same. They are found beside those who write, and merged under the head.
    """
    merged = 0
    while rows := await connection.fetch(_PAST, until):
        for first in range(0, len(rows), SLICE_COUNTS):
            if stop.is_set():
                return merged
            some = rows[first : first + SLICE_COUNTS]
            await store.begin_under_head(connection)
            try:
                await connection.execute(_MERGE, *zip(*some, strict=True))
            except BaseException:
                await _roll_back(connection)
                raise
            await connection.execute("COMMIT")
            merged += len(some)
            await sleep(PAUSE_SECONDS, stop)
    return merged


async def _roll_back(connection: Connection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


_NEXT: Final = """
SELECT first, last, published_at FROM publication
WHERE last > (SELECT thinned FROM clock) ORDER BY last, published_at LIMIT $1
"""
_FORGET: Final = "DELETE FROM publication WHERE last > $1 AND last < $2"
_KEEP: Final = """
INSERT INTO publication (first, last, published_at)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) ON CONFLICT DO NOTHING
"""
_THINNED: Final = "UPDATE clock SET thinned = $1"


async def thin_publications(connection: Connection, before: datetime, stop: asyncio.Event) -> int:
    """Of what was published *before*, keep one row a minute; how many are gone.

    A receipt then says the last instant of that minute. What does not fill a slice yet waits.
    """
    gone = 0
    while not stop.is_set():
        rows = await connection.fetch(_NEXT, SLICE_PUBLICATIONS)
        if len(rows) < SLICE_PUBLICATIONS or rows[-1]["published_at"] >= before:
            break
        kept = by_minute([tuple(row) for row in rows])
        async with connection.transaction():
            await connection.execute(_FORGET, rows[0]["last"] - 1, rows[-1]["last"] + 1)
            await connection.execute(_KEEP, *zip(*kept, strict=True))
            await connection.execute(_THINNED, rows[-1]["last"])
        gone += len(rows) - len(kept)
        await sleep(PAUSE_SECONDS, stop)
    return gone


_LAPSED: Final = "SELECT id FROM person WHERE ended_at IS NULL AND ends_on < $1"
_END: Final = """
UPDATE person SET ended_at = now(), email = NULL, is_administrator = false WHERE id = ANY($1::text[])
"""
_FORGET_IDENTITIES: Final = "DELETE FROM identity WHERE person = ANY($1::text[])"
_FORGET_NAMES: Final = "UPDATE person SET name = '' WHERE ended_at < $1 AND name <> ''"
_FORGET_AUDIT: Final = "DELETE FROM audit WHERE at < $1"


async def forget_people(connection: queries.Connection, today: date) -> int:
    """End accounts that lapsed a year ago, with their addresses; how many.

    After five years more, their names and what was noted of them are forgotten too.
    """
    rows = await connection.fetch(_LAPSED, today - timedelta(LAPSED_DAYS))
    lapsed = [row["id"] for row in rows]
    if lapsed:
        async with connection.transaction():
            await connection.execute(_END, lapsed)
            await connection.execute(_FORGET_IDENTITIES, lapsed)
    long_ago = datetime.now(UTC) - timedelta(AUDITED_DAYS)
    await connection.execute(_FORGET_NAMES, long_ago)
    await connection.execute(_FORGET_AUDIT, long_ago)
    return len(lapsed)


def by_minute(rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, int, datetime]]:
    """*rows* (first, last, published_at), in order, with those of one minute joined."""
    return [
        (min(row[0] for row in some), max(row[1] for row in some), max(row[2] for row in some))
        for some in (
            list(found) for _, found in groupby(rows, key=lambda row: row[2].replace(second=0, microsecond=0))
        )
    ]
