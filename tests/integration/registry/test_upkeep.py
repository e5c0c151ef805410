"""What the past has made many rows of becomes few, and says the same."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import product

from services.registry.watch import upkeep
from shared.database import Database
from tests.support.registered import Sql, counts_on

TODAY = date(2026, 11, 21)


async def test_counts_of_past_days_are_merged_and_every_figure_stays(store: Database, sql: Sql) -> None:
    """A figure on any later day is the same sum of fewer rows."""
    days = [date.min, *(TODAY - timedelta(n) for n in range(1, 400)), TODAY + timedelta(1)]
    await sql.executemany(
        "INSERT INTO tally (member, measure, key, visibility, day, n) VALUES ($1, $2, '', 'public', $3, $4)",
        [
            (member, measure, day, 1 if at % 3 else -1)
            for (member, measure), (at, day) in product(
                product(("31", "3106200", "3170206"), ("signed_ever", "in_force")), enumerate(days)
            )
        ],
    )
    until = TODAY - timedelta(7)
    before = [await counts_on(sql, day) for day in (until, TODAY, TODAY + timedelta(1))]
    async with store.connection() as connection:
        merged = await upkeep.merge_counts(connection, until, asyncio.Event())
        assert merged == 6 * 393
        assert await upkeep.merge_counts(connection, until, asyncio.Event()) == 0
    assert [await counts_on(sql, day) for day in (until, TODAY, TODAY + timedelta(1))] == before
    assert await sql.fetchval("SELECT count(*) FROM tally") == 6 * 8


async def test_merging_ends_when_the_process_ends(store: Database, sql: Sql) -> None:
    """What is merged by then is merged; nothing is half done."""
    await sql.execute("INSERT INTO tally VALUES ('31', 'signed_ever', '', 'public', '2026-01-01', 5)")
    stop = asyncio.Event()
    stop.set()
    async with store.connection() as connection:
        assert await upkeep.merge_counts(connection, TODAY, stop) == 0
    assert await sql.fetchval("SELECT sum(n) FROM tally") == 5


async def test_old_records_of_publication_are_thinned_and_receipts_find_their_minute(
    store: Database, sql: Sql
) -> None:
    """A row every quarter of a second for years is more than anybody asks for; the newest stay whole."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    await sql.execute(
        """INSERT INTO publication (first, last, published_at)
           SELECT n, n, $1::timestamptz + n * interval '0.25 s' FROM generate_series(1, 10000) n""",
        began,
    )
    before = began + timedelta(seconds=0.25 * 8000)
    async with store.connection() as connection:
        assert await upkeep.thin_publications(connection, before, asyncio.Event()) > 5000
        assert await upkeep.thin_publications(connection, before, asyncio.Event()) == 0
    published_at = """SELECT p.published_at FROM publication p WHERE p.last >= $1
                      ORDER BY p.last, p.published_at LIMIT 1"""
    for position in (1, 239, 240, 1999, 2000, 2001, 5432):
        exact = began + timedelta(seconds=0.25 * position)
        found = await sql.fetchval(published_at, position)
        assert exact <= found < exact + timedelta(minutes=1), position
    assert await sql.fetchval(published_at, 9000) == began + timedelta(seconds=0.25 * 9000)
    assert await sql.fetchval("SELECT max(last) FROM publication") == 10000
