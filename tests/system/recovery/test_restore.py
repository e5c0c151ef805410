"""Yesterday's database comes back, and nothing that was promised since is taken back."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from services.registry.network import keys, people
from tests.support.load import Load
from tests.support.reader import Reader
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, connected
from tests.support.whole_house import House
from tests.system.recovery.conftest import (
    EARLY,
    LATE,
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
    await eventually(lambda: all_registered(house, day.accepted), "all is registered")
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


def _id(key: str) -> str:
    return key.split("_")[2]
