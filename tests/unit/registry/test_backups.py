"""The folder of backups: what is damaged is named and left alone, and costs the others nothing."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from services.registry.recovery import backups
from services.registry.recovery.backups import MANIFEST, Backup, Manifest, Writing

HARM = {
    "cut": b'{"format": "malha-ba',
    "empty": b"",
    "no text": b'{"format": "\xff\xfe"}',
    "too deep": b"[" * 100_000,
    "no backup's": b'{"name": "malha", "version": 3}',
    "another format": b'"malha-backup/2"',
    "no zone": b"2026-01-01T00:00:00",
}


def made(place: Path, day: int, *, year: int = 2026, environment: str = "test") -> Backup:
    """A backup of that day of January."""
    writing = Writing(place)
    for name in (backups.DATABASE, backups.ERASURES):
        writing.write(name, b"[]")
    at = datetime(year, 1, day, 2, 30, 7, 123, tzinfo=UTC)
    manifest = Manifest(
        format=backups.FORMAT, made_at=at, environment=environment, schema="0016", postgresql="15", head=day,
        notices=day, erasures=0, registered_at=None, files=writing.files(),
    )  # fmt: skip
    return Backup(writing.keep(manifest).folder.rename(place / f"{at:%Y-%m-%dT%H%M%SZ}"), manifest)


def names(found: list[Backup]) -> list[str]:
    """What they are called."""
    return [each.name for each in found]


@pytest.mark.parametrize("harm", [*HARM, "missing", "a folder"])
def test_one_damaged_backup_is_named_and_left_alone(tmp_path: Path, harm: str) -> None:
    """The others are found, the old ones of them removed; what nobody can judge stays, byte for byte."""
    first, second, third, fourth = (made(tmp_path, day) for day in range(1, 5))
    manifest = second.folder / MANIFEST
    content = HARM.get(harm, b"")
    if harm == "another format":
        content = msgspec.json.encode(msgspec.structs.replace(second.manifest, format="malha-backup/2"))
    elif harm == "no zone":
        content = manifest.read_bytes().replace(b"07.000123Z", b"07.000123")
        assert content != manifest.read_bytes()
    manifest.unlink()
    if harm == "a folder":
        manifest.mkdir()
    elif harm != "missing":
        manifest.write_bytes(content)

    assert names(backups.backups(tmp_path)) == names([first, third, fourth])
    [damaged] = backups.damaged(tmp_path)
    assert (damaged.folder, damaged.made_at) == (second.folder, datetime(2026, 1, 2, 2, 30, 7, tzinfo=UTC))
    assert str(second.folder) in damaged.why
    assert [damaged.may_be_newer(each) for each in (first, second, third)] == [True, True, False]

    assert backups.prune(tmp_path, 1, "test") == ([first.name, third.name], [])
    assert sorted(each.name for each in tmp_path.iterdir()) == names([second, fourth])
    assert (second.folder / backups.DATABASE).read_bytes() == b"[]"
    assert not manifest.is_file() or manifest.read_bytes() == content


def test_a_newer_format_is_named_whatever_else_it_says(tmp_path: Path) -> None:
    """Who reads the warning is told to take a newer version, not to look at the disk."""
    one = made(tmp_path, 1)
    (one.folder / MANIFEST).write_text('{"format": "malha-backup/2", "parts": []}')
    [damaged] = backups.damaged(tmp_path)
    assert damaged.why == f"{one.folder} is of the format malha-backup/2, not malha-backup/1"


def test_a_damaged_one_of_another_name_may_be_of_any_day(tmp_path: Path) -> None:
    """Whoever renamed a folder took away what told when it was made."""
    one = made(tmp_path, 1)
    (tmp_path / "before-the-move").mkdir()
    (tmp_path / "before-the-move" / MANIFEST).write_bytes(b"?")
    [damaged] = backups.damaged(tmp_path)
    assert (damaged.made_at, damaged.may_be_newer(one)) == (None, True)


@pytest.mark.parametrize("name", ["lost+found", "notes", ".partial-2026-01-01T000000Z-1"])
def test_a_folder_of_something_else_is_no_damaged_backup(tmp_path: Path, name: str) -> None:
    """Nobody is told each night of what is none, nor of one that is being made."""
    (tmp_path / name).mkdir()
    (tmp_path / "2026-01-01.txt").write_text("a file")
    assert (backups.backups(tmp_path), backups.damaged(tmp_path)) == ([], [])


@pytest.mark.parametrize("name", ["latest", "2026-01-09T000000Z"])
def test_a_link_to_a_backup_is_none(tmp_path: Path, name: str) -> None:
    """It counts for none of those that are kept, and where it leads nowhere nothing is damaged."""
    first, second = (made(tmp_path, day) for day in (1, 2))
    link = tmp_path / name
    link.symlink_to(second.name)
    assert names(backups.backups(tmp_path)) == names([first, second])
    assert backups.prune(tmp_path, 2, "test") == ([], [])
    link.unlink()
    link.symlink_to(tmp_path)
    assert backups.damaged(tmp_path) == []


def test_a_folder_that_may_not_be_looked_into_is_judged_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk's own lost+found is closed to us; so may be a backup that somebody else copied here."""
    one = made(tmp_path, 1)
    closed = tmp_path / "2026-01-02T023007Z"
    for folder in (closed, tmp_path / "lost+found"):
        folder.mkdir()
    stat = Path.stat

    def refused(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.parent.name in {closed.name, "lost+found"}:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refused)
    assert names(backups.backups(tmp_path)) == [one.name]
    assert [each.folder for each in backups.damaged(tmp_path)] == [closed]


def test_one_that_cannot_be_removed_keeps_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that gives one error; what is half removed is nobody's backup, and goes the next time."""
    first, second, third = (made(tmp_path, day) for day in range(1, 4))
    remove = shutil.rmtree
    broken = OSError(5, "Input/output error", first.name)

    def half(path: Path) -> None:
        if first.name in path.name:
            (path / MANIFEST).unlink(missing_ok=True)
            raise broken
        remove(path)

    monkeypatch.setattr(shutil, "rmtree", half)
    assert backups.prune(tmp_path, 1, "test") == ([second.name], [broken])
    assert names(backups.backups(tmp_path)) == [third.name]
    assert backups.damaged(tmp_path) == []

    monkeypatch.setattr(backups, "_is_alive", lambda _name: False)
    assert backups.prune(tmp_path, 1, "test") == ([], [broken])
    monkeypatch.setattr(shutil, "rmtree", remove)
    assert backups.prune(tmp_path, 1, "test") == ([], [])
    assert [each.name for each in tmp_path.iterdir()] == [third.name]


def test_another_stacks_backups_are_counted_for_none(tmp_path: Path) -> None:
    """Two stacks may share a folder: each keeps its own."""
    ours = [made(tmp_path, day) for day in (1, 2)]
    made(tmp_path, 3, environment="live")
    assert backups.prune(tmp_path, 1, "test").gone == [ours[0].name]


def test_the_one_just_made_stays_whatever_its_date_is(tmp_path: Path) -> None:
    """Another one may have been made beside it, and been quicker."""
    first, just_made, third = (made(tmp_path, day) for day in (1, 2, 3))
    assert backups.prune(tmp_path, 1, "test", spare=just_made).gone == [first.name]
    assert names(backups.backups(tmp_path)) == names([just_made, third])


def test_nothing_goes_while_a_date_is_ahead(tmp_path: Path) -> None:
    """Where a clock was or is wrong, nobody knows which are the oldest; another stack's dates are its own."""
    left = tmp_path / ".partial-2026-01-01T000000Z-999999999"
    left.mkdir()
    found = [made(tmp_path, day) for day in (1, 2)]
    made(tmp_path, 3, year=2999, environment="live")
    ahead = made(tmp_path, 4, year=2999)
    assert names(backups.dated_ahead(tmp_path, "test")) == [ahead.name]
    assert backups.prune(tmp_path, 1, "test") == ([], [])
    assert not left.exists()
    shutil.rmtree(ahead.folder)
    assert backups.prune(tmp_path, 1, "test").gone == [found[0].name]
