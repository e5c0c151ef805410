"""Yesterday's database comes back, and nothing that was promised since is taken back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.registry.network import keys, people
from services.registry.recovery import dumping
from services.registry.writing import erasure
from tests.support.checker import ENTRIES, faults_of_chain
from tests.support.load import Load
from tests.support.reader import Reader
from tests.support.registered import Sql
from tests.support.registry import connected
from tests.support.servers import Servers, Vhost
from tests.support.whole_house import House, drop_databases, whole_house

BELO_HORIZONTE, UBERLANDIA = "3106200", "3170206"
EARLY, LATE = "Ana Que Pediu Para Sair", "Beto Que Pediu Depois"
PATIENCE_SECONDS = 60.0


@pytest.fixture
async def house(vhost: Vhost, database: str, servers: Servers, tmp_path: Path) -> AsyncIterator[House]:
    """All three services over fresh servers' rooms; databases that were set aside go too."""
    async with whole_house(vhost, database, tmp_path) as found:
        yield found
    await drop_databases(servers, f"{found.database}_")


async def eventually(question: Callable[[], Awaitable[bool]], promise: str) -> None:
    """Ask until the answer is yes."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not await question():
        assert time.monotonic() < until, f"never true: {promise}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def reading(house: House, key: str) -> AsyncIterator[Reader]:
    """Somebody who reads everything from the beginning."""
    reader = Reader(house["notifier"].url, key)
    task = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def signed(member: str, number: str, **data: Any) -> dict[str, Any]:
    """A signature as a member's system sends it."""
    return {
        "specversion": "1.0",
        "source": "/convenios",
        "id": number,
        "member": member,
        "subject": f"PROC-{number}",
        "type": "br.malha.agreement.signed.v1",
        "data": {
            "instrument": "MOU",
            "title": f"Acordo {number}",
            "partners": [{"name": "Cidade Fictícia", "kind": "city", "country": "PT"}],
            "signed_on": "2024-01-15",
            **data,
        },
    }


def by(name: str) -> dict[str, Any]:
    """Who signed."""
    return {"signatories": [{"office": "Prefeita", "name": name}]}


async def erase(house: House, protocol: str) -> None:
    """Somebody has asked that their name be forgotten."""
    async with connected(house.database_url) as sql:
        row = await sql.fetchrow("SELECT member, sequence FROM entry WHERE protocol = $1", protocol)
        assert row is not None
        order = {"ground": "LGPD, art. 18", "decided_by": "encarregado", "request": "1/2026"}
        await erasure.erase(sql, row["member"], row["sequence"], ["signatories"], **order)


async def everything(database_url: str) -> str:
    """All that a database holds, as one text."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return "\n".join(
            [
                row[0]
                for table in tables
                for row in await connection.fetch(f'SELECT t::text FROM "{table[0]}" t')  # noqa: S608 - names of ours
            ]
        )
    finally:
        await connection.close()


async def faults_of(house: House, accepted: dict[str, Any]) -> list[str]:
    """What is wrong with the ledger, by a checker that shares no code with the product."""
    connection = await asyncpg.connect(house.database_url, timeout=10)
    try:
        faults = faults_of_chain([tuple(row) for row in await connection.fetch(ENTRIES)])
        rows = await connection.fetch(
            "SELECT protocol, count(*) FROM entry WHERE protocol = ANY($1) GROUP BY 1", list(accepted)
        )
        found = {row["protocol"]: row["count"] for row in rows}
        return faults + [f"{each}: registered {found.get(each, 0)} times" for each in accepted
                         if found.get(each, 0) != 1]  # fmt: skip
    finally:
        await connection.close()


class Day:
    """What happened on the day after the backup."""

    keys: dict[str, str]
    late_key: str
    person: str
    accepted: dict[str, Any]
    backed_up: int
    early: str
    late: str
    since: set[str]
    head: int


async def live_through(house: House, place: Path) -> Day:
    """Some notices, a backup; then more of them, erasures, keys, accounts, and one that contradicts."""
    day = Day()
    day.keys = {member: await house.key(member) for member in (BELO_HORIZONTE, UBERLANDIA)}
    async with connected(house.database_url) as sql:
        new = people.NewPerson(BELO_HORIZONTE, "member", "Fulana", "fulana@example.org", "pt")
        day.person = await people.add(sql, new, date(2026, 1, 1))
    before = Load(house["ingest"].url, day.keys, "before", per_second=500)
    await before.send(4, total=30)
    day.early = await tell(house, day.keys[BELO_HORIZONTE], signed(BELO_HORIZONTE, "early", **by(EARLY)))
    day.backed_up = await house.sql("SELECT position FROM head")
    assert f"{day.backed_up} avisos" in await house.malha("backup", str(place), "--keep", "3")
    await house.malha("backup", str(place), "--check")

    since = Load(house["ingest"].url, day.keys, "since", per_second=500)
    await since.send(4, total=60)
    day.late = await tell(house, day.keys[BELO_HORIZONTE], signed(BELO_HORIZONTE, "late", **by(LATE)))
    twice = await tell(house, day.keys[UBERLANDIA], signed(UBERLANDIA, "twice"))
    other = signed(UBERLANDIA, "twice", title="Outro título")
    assert (await house.post(day.keys[UBERLANDIA], other, wait=True))[0] == 409
    day.since = {*since.accepted, day.late, twice}
    day.accepted = {**before.accepted, **dict.fromkeys(day.since | {day.early})}
    await eventually(lambda: _all_registered(house, day.accepted), "all is registered")
    await erase(house, day.early)
    await erase(house, day.late)
    day.late_key = await house.key(UBERLANDIA)
    async with connected(house.database_url) as sql:
        assert await keys.revoke_key(sql, _id(day.keys[UBERLANDIA]))
        assert await people.end(sql, day.person)
    day.head = await house.sql("SELECT position FROM head")
    return day


async def test_a_restore_gives_back_what_was_acknowledged_and_nothing_that_was_taken_away(
    house: House, tmp_path: Path
) -> None:
    """Notices, erasures, keys, accounts and readers after the backup, each as it was promised."""
    place = tmp_path / "copies"
    async with reading(house, await house.key("31", "coordination")) as reader:
        day = await live_through(house, place)
        await reader.reaches(day.head)
        seen = len(reader.items)
        assert "malha-registry" in await house.malha("restore", str(place), "--yes", status=1)
        await house["registry"].stop()
        assert "Restaurado" in await house.malha("restore", str(place), "--yes")
        assert EARLY not in await everything(house.database_url)
        await house.start("registry")
        report = json.loads(await house.malha("recover", "--json"))
        await reader.reaches(await house.sql("SELECT position FROM head"))

    assert await faults_of(house, day.accepted) == []
    text = await everything(house.database_url) + json.dumps(reader.items[seen:])
    assert EARLY not in text
    assert LATE not in text
    assert await house.sql("SELECT count(*) FROM conflict") == 1
    require_resumed(reader, day, seen)
    await require_same_rights(house, day, report)
    require_reported(day, report)


def require_resumed(reader: Reader, day: Day, seen: int) -> None:
    """One reset, no position given twice, and what came from the journal says so."""
    assert reader.faults == []
    assert [reset["reason"] for reset in reader.resets] == ["restored"]
    again = reader.items[seen:]
    assert min(item["position"] for item in again) > day.head + 1
    assert {item["protocol"] for item in again if item["replayed"]} == day.since


async def require_same_rights(house: House, day: Day, report: dict[str, Any]) -> None:
    """A key that was revoked stays so, one that was given since works, an account that ended has ended."""
    revoked = day.keys[UBERLANDIA]
    assert (await house.post(revoked, signed(UBERLANDIA, "never")))[0] == 401
    assert (await house.post(day.late_key, signed(UBERLANDIA, "after"), wait=True))[0] == 201
    assert await house.sql("SELECT count(*) FROM person WHERE ended_at IS NULL AND id = $1", day.person) == 0
    (accounts,) = report["accounts"]
    assert accounts["people_ended"] == [day.person]
    assert accounts["keys_revoked"] == [_id(revoked)]
    assert accounts["keys_added"] == [[_id(day.late_key), UBERLANDIA]]


def require_reported(day: Day, report: dict[str, Any]) -> None:
    """Each position that was lost is accounted for: registered again, or an erasure that was done again."""
    lost = day.head - day.backed_up
    assert (report["head"], report["told"], report["lost"]) == (day.backed_up, day.head, lost)
    assert report["recovered"] == lost - 2
    assert {each["kind"] for each in report["missing"]} == {"erasure_done"}
    assert {each["notice"] for each in report["missing"]} == {day.early, day.late}
    assert report["untold"] == []


async def tell(house: House, key: str, event: dict[str, Any]) -> str:
    """The protocol of *event*, once it is registered."""
    status, receipt = await house.post(key, event, wait=True)
    assert status == 201, receipt
    return str(receipt["protocol"])


def _id(key: str) -> str:
    return key.split("_")[2]


async def _all_registered(house: House, accepted: dict[str, Any]) -> bool:
    count = await house.sql("SELECT count(*) FROM entry WHERE protocol = ANY($1::text[])", list(accepted))
    return bool(count == len(accepted))


async def test_a_database_that_comes_back_older_is_made_good_by_itself(
    house: House, servers: Servers, tmp_path: Path
) -> None:
    """A standby that lacked the newest commits was promoted: nobody is at the keyboard, senders go on."""
    cities = {member: await house.key(member) for member in (BELO_HORIZONTE, UBERLANDIA)}
    early = await tell(house, cities[BELO_HORIZONTE], signed(BELO_HORIZONTE, "early", **by(EARLY)))
    async with reading(house, await house.key("31", "coordination")) as reader:
        told = json.loads(await house.malha("backup", str(tmp_path / "copies"), "--json"))
        older = await lying_beside(house, servers, Path(told["folder"]))
        load = Load(house["ingest"].url, cities, "since", per_second=100)
        sending = asyncio.create_task(load.send(4))
        await eventually(lambda: _so_many(house, 40), "some are registered")
        await erase(house, early)
        await reader.reaches(await house.sql("SELECT position FROM head"))
        await put_in_place(house, servers, older)
        await eventually(lambda: _is_reset(reader), "readers are told")
        load.stopped.set()
        await sending
        accepted = {early: None, **load.accepted}
        await eventually(lambda: _all_registered(house, accepted), "all is registered again")
        await eventually(lambda: _is_recovered(house), "the journal was read")
        await reader.reaches(await house.sql("SELECT position FROM head"))
    assert await faults_of(house, accepted) == []
    assert reader.faults == []
    assert [reset["reason"] for reset in reader.resets] == ["restored"]
    assert EARLY not in await everything(house.database_url)
    report = json.loads(await house.malha("recover", "--json"))
    assert report["cause"] == "feed_ahead"
    assert "terminada" in await house.malha("recover")
    assert [each["kind"] for each in report["missing"]] == ["erasure_done"]


async def lying_beside(house: House, servers: Servers, folder: Path) -> str:
    """The name of a database that holds what the backup in *folder* does."""
    name = f"{house.database}_older"
    async with connected(servers.database_url) as server:
        await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await dumping.restore(f"{house.database_url}_older", folder / "database.dump")
    return name


async def put_in_place(house: House, servers: Servers, older: str) -> None:
    """All connections end, and whoever comes back finds the database as it was."""
    async with connected(servers.database_url) as server:
        await server.execute(f'ALTER DATABASE "{house.database}" ALLOW_CONNECTIONS false')
        await server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", house.database
        )
        await eventually(lambda: _is_left(server, house.database), "everybody has left")
        await server.execute(f'ALTER DATABASE "{house.database}" RENAME TO "{house.database}_lost"')
        await server.execute(f'ALTER DATABASE "{older}" RENAME TO "{house.database}"')


async def _is_left(server: Sql, name: str) -> bool:
    return not await server.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name)


async def _so_many(house: House, count: int) -> bool:
    return bool(await house.sql("SELECT position FROM head") >= count)


async def _is_reset(reader: Reader) -> bool:
    return bool(reader.resets)


async def _is_recovered(house: House) -> bool:
    unfinished = await house.sql("SELECT count(*) FROM recovery WHERE finished_at IS NULL")
    return not unfinished and bool(await house.sql("SELECT count(*) FROM recovery"))
