"""`malha backup` and `malha restore` beside a backup that nobody can read: named, left alone, gone round."""

import asyncio
import json
from pathlib import Path

import pytest
import typer
from typer.testing import Result

from services.command.failure import Failure
from services.registry.recovery import backups
from services.registry.recovery.backups import MANIFEST, Pruned
from tests.integration.command.test_people import malha

NEWER, OLDER = "2999-01-01T000000Z", "2001-01-01T000000Z"
pytestmark = pytest.mark.usefixtures("bare_stack")


async def said(*arguments: str) -> Result:
    """What the command says; it must be content."""
    result = await asyncio.to_thread(malha, *arguments)
    assert result.exit_code == 0, result.output
    return result


def damaged(place: Path, name: str) -> Path:
    """What is left of a backup of that name."""
    folder = place / name
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_bytes(b'{"format": "malha-ba')
    (folder / backups.DATABASE).write_bytes(b"PGDMP")
    return folder


async def test_a_new_backup_is_made_and_old_ones_go_beside_a_damaged_one(tmp_path: Path) -> None:
    """The night's copy goes on; the damaged one is said each night, to whoever reads and to programs."""
    left = damaged(tmp_path, OLDER)
    first = json.loads((await said("backup", str(tmp_path), "--json")).stdout)["folder"]
    second = await said("backup", str(tmp_path), "--keep", "1", "--json")
    told = json.loads(second.stdout)
    assert (told["removed"], told["damaged"]) == ([Path(first).name], [str(left)])
    assert f"left as it is: {left / MANIFEST}" in second.stderr
    assert {path.name for path in left.iterdir()} == {MANIFEST, backups.DATABASE}


async def test_the_newest_that_can_be_read_is_restored(tmp_path: Path) -> None:
    """At three in the morning yesterday's copy is better than none; what that may cost is said before."""
    folder = Path(json.loads((await said("backup", str(tmp_path), "--json")).stdout)["folder"])
    left = damaged(tmp_path, NEWER)
    told = await said("restore", str(folder), "--yes")
    assert f"restored: {folder.name}" in told.stdout
    assert str(left / MANIFEST) in told.stderr
    assert f"Erasures ordered after {folder.name}" in told.stderr
    left.rename(tmp_path / OLDER)
    assert "Erasures ordered after" not in (await said("restore", str(tmp_path), "--yes")).stderr


@pytest.mark.parametrize("why", ["harmed", "of a newer format"])
async def test_where_nobody_reads_the_warning_an_older_one_is_not_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Unless it was named: a drill, or a program, would else put back a day that nobody chose."""
    folder = Path(json.loads((await said("backup", str(tmp_path), "--json")).stdout)["folder"])
    left = damaged(tmp_path, NEWER)
    if why != "harmed":
        (left / MANIFEST).write_text('{"format": "malha-backup/2", "parts": []}')
    for place in (str(tmp_path), "."):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(
            Failure, match=f"talvez {folder.name} não seja a mais nova .{NEWER} não se lê"
        ) as failure:
            await said("restore", place, "--yes")
        assert f"({NEWER} cannot be read)" in failure.value.en
    monkeypatch.setattr(typer, "prompt", lambda *_question, **_how: "s")
    for command in (("restore", str(tmp_path)), ("restore", str(folder), "--yes")):
        told = await said(*command)
        assert f"restored: {folder.name}" in told.stdout
        assert ("is of the format malha-backup/2, not malha-backup/1" in told.stderr) is (why != "harmed")


async def test_the_newest_is_not_called_whole_while_a_newer_one_cannot_be_read(tmp_path: Path) -> None:
    """`--check` is asked about the newest; an old one that is damaged is said, and fails nothing."""
    folder = json.loads((await said("backup", str(tmp_path), "--json")).stdout)["folder"]
    left = damaged(tmp_path, OLDER)
    assert OLDER in (await said("backup", str(tmp_path), "--check")).stderr
    left.rename(tmp_path / NEWER)
    with pytest.raises(Failure, match=f"mais nova não se lê: {NEWER}"):
        await said("backup", str(tmp_path), "--check")
    await said("backup", folder, "--check")


async def test_only_damaged_ones_are_no_backup(tmp_path: Path) -> None:
    """And which they are, and what is wrong with them, stands in the sentence."""
    left = damaged(tmp_path, NEWER)
    for command in (("restore", "--yes"), ("backup", "--check")):
        for place in (tmp_path, left):
            with pytest.raises(Failure, match=f"{NEWER}/manifest.json"):
                await said(command[0], str(place), *command[1:])


async def test_that_old_ones_stay_is_not_that_there_is_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit status is 1, or nobody hears of a disk that fills; the new one is made, and said to be."""
    for failing in (OSError(5, "Input/output error"), Pruned([], [OSError(5, "Input/output error")])):

        def prune(*_given: object, failing: OSError | Pruned = failing, **_named: object) -> Pruned:
            if isinstance(failing, OSError):
                raise failing
            return failing

        monkeypatch.setattr(backups, "prune", prune)
        before = len(backups.backups(tmp_path))
        with pytest.raises(Failure, match=r"A cópia está feita; .*Input/output error") as failure:
            await said("backup", str(tmp_path), "--keep", "1")
        assert "no backup" not in failure.value.en
        assert len(backups.backups(tmp_path)) == before + 1


async def test_a_folder_that_cannot_be_listed_is_said_beside_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was handed one backup, in a folder of somebody else's, can hold it against its digests."""
    folder = json.loads((await said("backup", str(tmp_path), "--json")).stdout)["folder"]

    def closed(_place: Path) -> list[backups.Damaged]:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(backups, "damaged", closed)
    for command in (("backup", folder, "--check"), ("backup", str(tmp_path))):
        told = await said(*command)
        assert "posição" in told.stdout
        assert "Permission denied" in told.stderr


async def test_a_backup_is_restored_from_within_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its neighbours know of erasures that it does not: `.` is a place among them."""
    older = Path(json.loads((await said("backup", str(tmp_path), "--json")).stdout)["folder"])
    newer = Path(json.loads((await said("backup", str(tmp_path), "--json")).stdout)["folder"])
    (newer / backups.ERASURES).write_text("[ ]")
    monkeypatch.chdir(older)
    with pytest.raises(Failure, match=r"erasures\.json is not what was written"):
        await said("restore", ".", "--yes")
