"""`malha backup` and `malha restore` where no service runs: what is kept, refused, and honoured."""

import asyncio
import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer

from services.command.failure import Failure
from services.registry.dead import orders
from services.registry.mail import outbox
from services.registry.recovery import backups, dumping
from services.registry.writing import erasure
from services.registry.writing.registrar import Registrar
from shared.database import Database
from tests.integration.command.test_people import malha
from tests.integration.registry.test_erasure import everything
from tests.support.registered import delivered
from tests.support.registry import connected
from tests.support.servers import Servers
from tests.support.told import MEMBER, signed

NAME = "Ana de Souza"
SIGNED = signed("2020", signatories=[{"office": "Prefeita", "name": NAME}])
pytestmark = pytest.mark.usefixtures("bare_stack")


async def register_one(database: str) -> None:
    """One notice that names somebody."""
    store = Database(database, "test", most_connections=1)
    registrar = Registrar(store)
    await registrar.register([delivered(SIGNED)])
    await registrar.close()
    await store.close()


async def copy(place: Path, *more: str) -> Path:
    """A new backup's folder."""
    result = await asyncio.to_thread(malha, "backup", str(place), "--json", *more)
    assert result.exit_code == 0, result.output
    return Path(json.loads(result.stdout)["folder"])


async def restored(place: Path) -> str:
    """What `malha restore` says once it is done."""
    result = await asyncio.to_thread(malha, "restore", str(place), "--yes")
    assert result.exit_code == 0, result.output
    return result.output


async def test_an_erasure_is_honoured_when_an_older_backup_comes_back(database: str, tmp_path: Path) -> None:
    """The feed forgets after 30 days, and here is gone altogether: every newer backup lists all erasures."""
    await register_one(database)
    older = await copy(tmp_path)
    assert NAME in await _text_of(database)
    async with connected(database) as sql:
        order = {"ground": "court_order", "decided_by": "coordination", "request": "SEI 1"}
        await erasure.erase(sql, MEMBER, 1, ["signatories"], **order)
    newer = await copy(tmp_path)
    (listed,) = json.loads((newer / backups.ERASURES).read_bytes())
    assert (listed["notice"], listed["fields"]) == (SIGNED.protocol, ["signatories"])
    assert NAME not in (newer / backups.ERASURES).read_text()
    assert (newer.stat().st_mode & 0o777, (newer / backups.DATABASE).stat().st_mode & 0o777) == (0o700, 0o600)

    said = await restored(older)
    assert NAME not in await _text_of(database)
    async with connected(database) as sql:
        again = await sql.fetchrow("SELECT entry, fields FROM entry JOIN disclosure USING (position)"
                                   " WHERE type = 'br.malha.ledger.erased.v1'")  # fmt: skip
        head = await sql.fetchval("SELECT position FROM head")
    assert again is not None
    assert {name: each["value"] for name, each in json.loads(again["fields"]).items()} == {
        "sequence": 1, "fields": ["signatories"], "ground": "court_order", "decided_by": "coordination",
        "request": "SEI 1",
    }  # fmt: skip
    # No stream says which positions readers have seen: more are left out than can have been.
    assert head == 1_000_002
    assert "1000001" in said


async def test_the_database_of_before_stays_under_another_name(
    database: str, servers: Servers, tmp_path: Path
) -> None:
    """A mistake at three in the morning can be taken back. A letter that waited then went out long ago."""
    async with connected(database) as sql:
        await outbox.enqueue(sql, key="k", to="a@example.org", language="pt", subject="s", text="t")
    await copy(tmp_path)
    await register_one(database)
    assert "_before_" in await restored(tmp_path)
    async with connected(database) as sql:
        assert await sql.fetchval("SELECT count(*) FROM entry") == 0
        assert await sql.fetchval("SELECT cause FROM recovery") == "restored"
        row = await sql.fetchrow("SELECT outcome, recipient, body_text FROM outbox")
        assert tuple(row or ()) == ("too_late", None, None)
    async with connected(servers.database_url) as server:
        name = urlsplit(database).path[1:]
        aside = await server.fetchval(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", f"{name}_before_"
        )
    async with connected(urlsplit(database)._replace(path=f"/{aside}").geturl()) as sql:
        assert await sql.fetchval("SELECT count(*) FROM entry") == 1


async def test_no_order_of_then_is_carried_out_now(database: str, tmp_path: Path) -> None:
    """A discard that was approved when the copy was made, and cancelled since, must not happen after all."""
    who = ("account ana", "account bia")
    async with connected(database) as sql:
        number = await orders.draft(sql, "discard", {"0" * 64: None}, who[0])
        await orders.confirm(sql, number, who[0], reason="put in by hand", rate=1)
        await orders.approve(sql, number, who[1])
        folder = await copy(tmp_path)
        await orders.cancel(sql, number, who[1])
    await restored(tmp_path)
    async with connected(database) as sql:
        assert await orders.ready(sql) == []
        last, *_ = await orders.steps(sql, number, 1)
    assert (last.step, last.reason, last.messages) == ("cancelled", f"malha restore {folder.name}", 1)


async def test_a_damaged_list_of_erasures_is_not_believed(database: str, tmp_path: Path) -> None:
    """It is the newest copy's, whichever is restored: what it lacks would be shown again."""
    await register_one(database)
    older = await copy(tmp_path)
    newer = tmp_path / "newer"
    shutil.copytree(older, newer)
    dated(newer, "2999-01-01T00:00:00Z")
    for harm in ("[ ]", None):
        if harm is None:
            (newer / backups.ERASURES).unlink()
        else:
            (newer / backups.ERASURES).write_text(harm)
        with pytest.raises(Failure, match=r"newer/erasures\.json"):
            await asyncio.to_thread(malha, "restore", str(older), "--yes")
    async with connected(database) as sql:
        assert await sql.fetchval("SELECT count(*) FROM recovery") == 0


async def test_the_list_of_erasures_is_that_of_after_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is asked at night may answer in the morning: the night's own copy has been made since."""
    folder = await copy(tmp_path)
    newer = tmp_path / "newer"

    def answer(*_question: object, **_how: object) -> str:
        dated(shutil.copytree(folder, newer), "2999-01-01T00:00:00Z")
        (newer / backups.ERASURES).write_text("[ ]")
        return "s"

    monkeypatch.setattr(typer, "prompt", answer)
    with pytest.raises(Failure, match=r"newer/erasures\.json is not what was written"):
        await asyncio.to_thread(malha, "restore", str(tmp_path))


async def test_a_copy_does_not_wait_for_ever(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds a table, a migration say, must not hold a night's copy without anybody knowing."""
    monkeypatch.setattr(dumping, "LOCK_SECONDS", 1)
    async with connected(database) as sql, sql.transaction():
        await sql.execute("LOCK TABLE outbox")
        with pytest.raises(Failure, match="timeout"):
            await copy(tmp_path)
    assert backups.backups(tmp_path) == []


async def test_only_the_newest_copies_are_kept(tmp_path: Path) -> None:
    """And what an interrupted one left goes too; another stack's stay."""
    left = tmp_path / ".partial-2026-01-01T000000Z-999999999"
    left.mkdir()
    first = await copy(tmp_path)
    foreign = tmp_path / "2020-01-01T000000Z"
    shutil.copytree(first, foreign)
    dated(foreign, "2020-01-01T00:00:00Z", environment="live")
    second = tmp_path / "2026-01-02T000000Z"
    first.rename(second)
    third = await copy(tmp_path, "--keep", "1")
    assert [each.name for each in backups.backups(tmp_path)] == [foreign.name, third.name]
    assert not await asyncio.to_thread(left.exists)
    assert backups.read(third).manifest.files.keys() >= {backups.DATABASE, backups.ERASURES, backups.BROKER}


async def test_a_clock_that_was_ahead_once_costs_no_copy(tmp_path: Path) -> None:
    """Its copies are taken for the newest: each night's own would go as the oldest, and be missed in need."""
    ahead = [f"2999-01-0{day}T000000Z" for day in (1, 2, 3)]
    first = await copy(tmp_path)
    for name in ahead:
        dated(shutil.copytree(first, tmp_path / name), f"{name[:10]}T00:00:00Z")
    for night in (2, 3):
        with pytest.raises(Failure) as failure:
            await copy(tmp_path, "--keep", "3")
        found = [each.name for each in backups.backups(tmp_path)]
        assert found == [first.name, *found[1:night], *ahead]
        assert failure.value.pt.startswith(
            f"{found[night - 1]} está feita, e não é a mais nova: {ahead[0]}, "
        )
    for name in ahead:
        shutil.rmtree(tmp_path / name)
    last = await copy(tmp_path, "--keep", "2")
    assert [each.name for each in backups.backups(tmp_path)] == [found[2], last.name]


def dated(folder: Path, made_at: str, **more: str) -> None:
    """Let the copy in *folder* say that it was made then."""
    manifest = json.loads((folder / backups.MANIFEST).read_bytes())
    (folder / backups.MANIFEST).write_text(json.dumps({**manifest, "made_at": made_at, **more}))


@pytest.mark.parametrize("harm", ["changed", "missing", "cut"])
async def test_a_copy_that_is_not_what_was_written_is_refused(tmp_path: Path, harm: str) -> None:
    """Better no restore than half of one: the database stays as it is."""
    folder = await copy(tmp_path)
    dump = folder / backups.DATABASE
    content = dump.read_bytes()
    if harm == "missing":
        dump.unlink()
    else:
        dump.write_bytes(content[:-1] if harm == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    for command in (("restore", str(tmp_path), "--yes"), ("backup", str(tmp_path), "--check")):
        with pytest.raises(Failure, match=r"database\.dump"):
            await asyncio.to_thread(malha, *command)


async def test_a_copy_of_another_stack_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test data in the live database, or the other way round, is nobody's wish."""
    folder = await copy(tmp_path)
    monkeypatch.setenv("MALHA_ENVIRONMENT", "live")
    for place in (folder, tmp_path):
        with pytest.raises(Failure, match="environment"):
            await asyncio.to_thread(malha, "restore", str(place), "--yes")


async def test_a_copy_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Tables that this version does not know are none that it can bring up to date."""
    folder = await copy(tmp_path)
    manifest = json.loads((folder / backups.MANIFEST).read_bytes())
    (folder / backups.MANIFEST).write_text(json.dumps({**manifest, "schema": "9999"}))
    with pytest.raises(Failure, match="newer version"):
        await asyncio.to_thread(malha, "restore", str(tmp_path), "--yes")


async def test_no_password_is_on_a_command_line() -> None:
    """Whoever lists processes sees command lines."""
    address, secrets = dumping.without_password("postgresql://u:p%40ss@h1:1,h2:2/d?sslmode=verify-full")
    assert address == "postgresql://u@h1:1,h2:2/d?sslmode=verify-full"
    assert secrets == {"PGPASSWORD": "p@ss"}


async def _text_of(database: str) -> str:
    async with connected(database) as sql:
        return await everything(sql)
