"""The follower of the feed: it keeps up, leads alone, survives, forgets what is erased, and is waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from services.registry.finding import following, indexing, resemblances, texts
from services.registry.finding.following import Changed
from services.registry.finding.indexing import Indexer
from services.registry.queries import Connection, Reach, search
from services.registry.writing.erasure import erase
from shared.database import Database
from tests.support.fault_proxy import fault_proxy
from tests.support.indexed import indexed
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, Teller, connected, sister_city
from tests.support.world import eventually

EVERYTHING = Reach(None)


class Running(NamedTuple):
    """A follower that runs."""

    indexer: Indexer
    task: "asyncio.Task[None]"
    stop: asyncio.Event

    async def end(self) -> None:
        """As SIGTERM would."""
        self.stop.set()
        async with asyncio.timeout(60):
            await self.task


@asynccontextmanager
async def running(database_url: str) -> AsyncIterator[Running]:
    """A follower with connections of its own, until the block ends."""
    database = Database(database_url, "test leads", most_connections=1)
    stop = asyncio.Event()
    indexer = Indexer(database)
    found = Running(indexer, asyncio.create_task(indexer.run(stop)), stop)
    try:
        yield found
    finally:
        await found.end()
        await database.close()


async def finds(sql: Sql, q: str) -> list[int] | None:
    """What *q* finds, once all that is registered may be found."""
    await search.settled(sql, 60)
    return (await search.meaning(sql, q, EVERYTHING)).keys


async def is_led(sql: Sql) -> bool:
    """Whether somebody derives."""
    return bool(
        await sql.fetchval(
            """SELECT count(*) FROM pg_locks WHERE objid = $1::bigint::oid AND granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""",
            indexing.LOCK,
        )
    )


async def test_what_was_registered_is_found_at_once(teller: Teller, sql: Sql, database: str) -> None:
    """A request waits for the follower, so that whoever has a 201 finds what it is about."""
    async with running(database) as follower:
        await eventually(lambda: is_led(sql), "somebody leads")
        for number in range(20):
            told = await teller.tell(
                "agreement.signed", sister_city(title=f"Obra{number:02}x"), subject=f"{number}"
            )
            assert await finds(sql, f"obra{number:02}x") == [told.position]
        assert follower.indexer.readiness().ok


async def test_nobody_waits_for_a_follower_that_is_not_there(teller: Teller, sql: Sql) -> None:
    """Search answers with what it has."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    async with asyncio.timeout(60):
        await search.settled(sql, 3600)
    assert (await search.meaning(sql, "porto", EVERYTHING)).keys == []


async def test_waiting_has_an_end(teller: Teller, sql: Sql, database: str) -> None:
    """A follower that does nothing delays a search by a second, a long backlog by nothing."""
    await sql.execute("SELECT pg_advisory_lock($1)", indexing.LOCK)
    await teller.tell("agreement.signed", sister_city(), subject="A")
    async with connected(database) as other:
        waiting = asyncio.create_task(search.settled(other, 3600))
        done, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not done
        waiting.cancel()
        await asyncio.wait({waiting})
    async with asyncio.timeout(60):
        await search.settled(sql, 0.2)
        await sql.execute("UPDATE head SET position = $1", search.MOST_AWAITED + 1)
        await search.settled(sql, 3600)


async def test_one_of_two_derives_and_the_other_takes_over(teller: Teller, sql: Sql, database: str) -> None:
    """Both are ready; each word is counted once, whoever counted it."""
    async with running(database) as second:
        async with running(database) as first:
            await eventually(lambda: is_led(sql), "somebody leads")
            await teller.tell("agreement.signed", sister_city(title="Primeira"), subject="A")
            assert await finds(sql, "primeira") == [1]
            await first.end()
        await teller.tell("agreement.signed", sister_city(title="Segunda"), subject="B")
        await eventually(lambda: is_led(sql), "the other leads")
        assert await finds(sql, "segunda") == [2]
        assert second.indexer.readiness().ok
    assert await sql.fetchval("SELECT count(*) FROM search") == 2


async def test_a_follower_goes_on_after_its_line_was_cut(teller: Teller, sql: Sql, database: str) -> None:
    """In the middle of its work: what was not committed is derived again, nothing twice."""
    async with fault_proxy(database) as proxy, running(proxy.url) as follower:
        await eventually(lambda: is_led(sql), "somebody leads")
        for number in range(60):
            await teller.tell("agreement.signed", sister_city(title="Barragem"), subject=f"{number}")
            if number % 20 == 10:
                proxy.cut()
        await eventually(lambda: is_led(sql), "somebody leads again")

        async def caught_up() -> bool:
            state = await sql.fetch("SELECT position FROM follower")
            return {row["position"] for row in state} == {60}

        await eventually(caught_up, "everything is derived")
        await eventually(lambda: _ready(follower.indexer), "it is ready again")
    assert await sql.fetchval("SELECT count(*) FROM search") == 60
    assert await sql.fetchval("SELECT count(*) FROM dealing") == 60


async def _ready(indexer: Indexer) -> bool:
    return indexer.readiness().ok


async def test_one_agreement_that_fails_holds_up_no_other(
    teller: Teller, sql: Sql, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is skipped, and told of; its neighbours are found."""
    write = texts.write

    async def fail_for_one(
        connection: Connection, changes: list[Changed], generation: int, key: bytes
    ) -> None:
        if any(change.known_from == 2 for change in changes):
            await connection.execute("SELECT 1/0")
        await write(connection, changes, generation, key)

    monkeypatch.setattr(texts, "write", fail_for_one)
    for subject in ("A", "B", "C"):
        await teller.tell("agreement.signed", sister_city(title=f"Obra {subject}"), subject=subject)
    await indexed(database)
    assert (await search.meaning(sql, "obra", EVERYTHING)).keys == [3, 1]


async def test_an_erased_word_is_nowhere(teller: Teller, sql: Sql, database: str) -> None:
    """In the transaction of the erasure itself; the follower then derives what is left."""
    await teller.tell(
        "agreement.signed",
        sister_city(title="Zyxwvut barroca", object="palavra " * 30 + "qwertzu"),
        subject="A",
    )
    await teller.tell("agreement.signed", sister_city(title="Barroca"), subject="B")
    await indexed(database)
    agreement = await sql.fetchval("SELECT id FROM agreement WHERE subject = 'A'")
    async with sql.transaction():
        await indexing.forget(sql, agreement)
    await nothing_of(sql, agreement)
    assert await sql.fetchval("SELECT public FROM word WHERE word = 'barroca'")
    await erase(
        sql,
        BELO_HORIZONTE,
        1,
        ["title", "object"],
        ground="court_order",
        decided_by="coordination",
        request="SEI 1",
    )
    await indexed(database)
    assert (await search.meaning(sql, '"zyxwvut"', EVERYTHING)).keys == []
    assert (await search.meaning(sql, "porto", EVERYTHING)).keys == [2, 1]
    assert "qwertzu" not in str(await sql.fetch("SELECT word FROM word"))


async def nothing_of(sql: Sql, agreement: str) -> None:
    """Every derived table is searched for it."""
    for table in ("search", "indexed", "compared", "dealing"):
        rows = await sql.fetch(f"SELECT FROM {table} WHERE agreement = $1", agreement)
        assert not rows, table
    assert not await sql.fetch("SELECT FROM text_group WHERE pattern = $1", agreement)
    assert not await sql.fetch("SELECT FROM word WHERE word IN ('zyxwvut', 'qwertzu')")


async def test_an_erasure_and_the_follower_take_turns(teller: Teller, sql: Sql, database: str) -> None:
    """Otherwise the follower, which had read before, would write back what is being erased."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    agreement = await sql.fetchval("SELECT id FROM agreement")
    async with sql.transaction():
        await indexing.forget(sql, agreement)
        waiting = asyncio.create_task(indexed(database))
        done, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not done
    await waiting
    assert await sql.fetchval("SELECT count(*) FROM search") == 1


async def test_another_version_of_the_program_derives_anew(
    teller: Teller, sql: Sql, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, when it begins to lead."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    async with running(database):
        await eventually(lambda: is_led(sql), "somebody leads")
        assert await finds(sql, "porto") == [1]
    await sql.execute("TRUNCATE search")
    monkeypatch.setattr(texts, "VERSION", texts.VERSION + 1)
    monkeypatch.setattr(resemblances, "VERSION", resemblances.VERSION + 1)
    async with running(database):
        await eventually(lambda: is_led(sql), "somebody leads")

        async def anew() -> bool:
            return await finds(sql, "porto") == [1] and bool(
                await sql.fetchval("SELECT count(*) FROM search")
            )

        await eventually(anew, "it is derived anew")
    generations = {row["generation"] for row in await sql.fetch("SELECT generation FROM indexed")}
    assert generations == {await sql.fetchval("SELECT generation FROM follower WHERE name = 'search'")}


async def test_clock_and_members_facts_are_passed_over(teller: Teller, sql: Sql, database: str) -> None:
    """Positions without an agreement move the follower on, and nothing else."""
    await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-01-01"})
    await indexed(database)
    assert {row["position"] for row in await sql.fetch("SELECT position FROM follower")} == {1}
    async with sql.transaction():
        news = await following.news(sql, "search", 10)
    assert (news.changes, news.more) == ((), False)


async def test_what_is_to_be_derived_anew_meanwhile_is(teller: Teller, sql: Sql, database: str) -> None:
    """Told to begin again in the middle of a batch, the follower does not record that it is at the end."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    async with sql.transaction():
        news = await following.news(sql, "search", 10)
        async with connected(database) as operator:
            await following.begin_again(operator)
        await following.reached(sql, "search", news)
    assert await sql.fetchval("SELECT position FROM follower WHERE name = 'search'") == 0
