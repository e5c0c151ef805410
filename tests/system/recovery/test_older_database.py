"""A database that is suddenly older, under all that run: nobody is at the keyboard."""

import asyncio
import json
from pathlib import Path

from services.registry.recovery import dumping
from tests.support.load import Load
from tests.support.reader import Reader
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, connected
from tests.support.servers import Servers
from tests.support.whole_house import House
from tests.system.recovery.conftest import (
    EARLY,
    all_registered,
    by,
    erase,
    eventually,
    everything,
    faults_of,
    reading,
    signed,
    tell,
)


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
        await eventually(lambda: all_registered(house, accepted), "all is registered again")
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
