"""The folder of backups: one folder for each, whole or not there, with digests of what is in it."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

FORMAT: Final = "malha-backup/1"
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.dump"
ERASURES: Final = "erasures.json"
BROKER: Final = "broker.json"
_PARTIAL: Final = ".partial-"
_NAME: Final = "%Y-%m-%dT%H%M%SZ"
_NAME_LENGTH: Final = len("2026-11-22T051404Z")
_READ_BYTES: Final = 1 << 20


class BadBackup(Exception):  # noqa: N818 - what it is
    """A backup is not what its manifest says, or there is none."""


class File(msgspec.Struct, frozen=True):
    """A file of a backup: bytes, and SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: the database of one moment, at the position *head*.

    *schema* is the migration that its tables are of, *postgresql* the server's version; *registered_at* is
    when the last notice in it was registered.
    """

    format: str
    made_at: Annotated[datetime, Meta(tz=True)]
    environment: str
    schema: str
    postgresql: str
    head: int
    notices: int
    erasures: int
    registered_at: datetime | None
    files: dict[str, File]


class Backup(msgspec.Struct, frozen=True):
    """A whole backup in *folder*."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """What it is called in its folder of backups."""
        return self.folder.name

    @property
    def database(self) -> Path:
        """The dump of the database."""
        return self.folder / DATABASE


class Damaged(NamedTuple):
    """A folder that is, or was, a backup, and whose manifest cannot be read: harmed, or of a newer format.

    Nobody takes it for one, and nobody removes it. *made_at* is what its name tells, None if that is nothing.
    """

    folder: Path
    why: str
    made_at: datetime | None

    def may_be_newer(self, than: Backup) -> bool:
        """Whether it may be of a later moment than that backup, as far as names tell, to the second."""
        return self.made_at is None or self.made_at >= than.manifest.made_at.replace(microsecond=0)


class _Any(msgspec.Struct, frozen=True):
    """What a manifest of any format says."""

    format: str


_decode_any = msgspec.json.Decoder(_Any).decode
_decode_manifest = msgspec.json.Decoder(Manifest).decode


class Writing:
    """A backup while it is made; nobody takes it for one before `keep`."""

    def __init__(self, place: Path) -> None:
        """*place* is the folder of all backups; it is made if it is not there."""
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.made_at = datetime.now(UTC)
        name = self.made_at.strftime(_NAME)
        names = chain([name], (f"{name}-{number}" for number in count(2)))  # two may be made in one second
        self._whole = next(place / each for each in names if not (place / each).exists())
        self.folder = place / f"{_PARTIAL}{self._whole.name}-{os.getpid()}"
        self.folder.mkdir(mode=0o700)

    def write(self, name: str, content: bytes) -> None:
        """Put a file of that name into it, for nobody else to read."""
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)

    def files(self) -> dict[str, File]:
        """What is in it by now, each on the disk."""
        found = {}
        for path in sorted(self.folder.iterdir()):
            path.chmod(0o600)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            found[path.name] = digest_of(path)
        return found

    def keep(self, manifest: Manifest) -> Backup:
        """It is whole."""
        self.write(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        _flush(self.folder / MANIFEST)
        self.folder.rename(self._whole)
        _flush(self._whole.parent)
        return Backup(self._whole, manifest)

    def discard(self) -> None:
        """Leave nothing of it, unless it was kept."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(path: Path) -> File:
    """Size and digest of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            digest.update(part)
            size += len(part)
    return File(size, digest.hexdigest())


def backups(place: Path) -> list[Backup]:
    """The whole backups in *place*, the oldest first; what is damaged is not among them."""
    found = (each for each in _each(place) if isinstance(each, Backup))
    return sorted(found, key=lambda backup: backup.manifest.made_at)


def _of(place: Path, environment: str) -> list[Backup]:
    return [backup for backup in backups(place) if backup.manifest.environment == environment]


def damaged(place: Path) -> list[Damaged]:
    """The backups in *place* that cannot be read, by name."""
    return [each for each in _each(place) if isinstance(each, Damaged)]


def _each(place: Path) -> Iterator[Backup | Damaged]:
    if not place.is_dir():
        raise BadBackup(f"{place} is no folder")
    for folder in sorted(place.iterdir()):
        if not _is_one(folder):
            continue
        try:
            yield read(folder)
        except BadBackup as error:
            yield Damaged(folder, str(error), _made_at(folder.name))


def _is_one(folder: Path) -> bool:
    """Whether it is a backup by its name, or by what is in it; a folder of something else is neither.

    Nor is a link, which only leads to one: it would be counted twice, and removed in the other's stead.
    """
    if not _is_whole(folder):
        return False
    try:
        return not folder.is_symlink() and (
            (folder / MANIFEST).is_file() or (_made_at(folder.name) is not None and folder.is_dir())
        )
    except OSError:  # it may not be looked into
        return _made_at(folder.name) is not None


def _made_at(name: str) -> datetime | None:
    try:
        return datetime.strptime(name[:_NAME_LENGTH], _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _is_whole(folder: Path) -> bool:
    return not folder.name.startswith(_PARTIAL)


def read(folder: Path) -> Backup:
    """The backup in *folder*; raises BadBackup."""
    try:
        content = (folder / MANIFEST).read_bytes()
        if (its := _decode_any(content).format) != FORMAT:
            raise BadBackup(f"{folder} is of the format {its}, not {FORMAT}")
        return Backup(folder, _decode_manifest(content))
    except OSError as error:
        raise BadBackup(f"{folder / MANIFEST}: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadBackup(f"{folder / MANIFEST}: {error}") from None


def require_whole(backup: Backup) -> None:
    """Raise BadBackup if a file is missing, or differs from what was written."""
    for name in sorted({DATABASE, ERASURES, *backup.manifest.files}):
        require_file(backup, name)


def require_known(backup: Backup, newest: str) -> None:
    """Raise BadBackup if its tables are of a later migration than *newest*: nobody here could use them."""
    if backup.manifest.schema > newest:
        raise BadBackup(f"{backup.folder} is of a newer version: its schema is {backup.manifest.schema}")


def require_file(backup: Backup, name: str) -> None:
    """The same, for one of its files."""
    path = backup.folder / name
    if name not in backup.manifest.files or not path.is_file():
        raise BadBackup(f"{path} is missing")
    if digest_of(path) != backup.manifest.files[name]:
        raise BadBackup(f"{path} is not what was written: its SHA-256 differs from the manifest's")


class Pruned(NamedTuple):
    """The names of what was removed, and why what should have been removed was not."""

    gone: list[str]
    stuck: list[OSError]


def dated_ahead(place: Path, environment: str) -> list[Backup]:
    """The backups of *environment* that are dated later than now: the clock was wrong then, or it is now."""
    now = datetime.now(UTC)
    return [each for each in _of(place, environment) if each.manifest.made_at > now]


def prune(place: Path, keep: int, environment: str, spare: Backup | None = None) -> Pruned:
    """Remove all but the newest *keep* backups of *environment*, and what an interrupted one left.

    *spare*, the one that was just made, stays whatever its date is; and all stay while one is dated ahead:
    nobody knows which are the oldest. What is damaged stays, and counts for none: nobody knows whose it is,
    or when it was made.
    """
    found = _of(place, environment)
    old = [] if dated_ahead(place, environment) else found[: max(0, len(found) - keep)]
    pruned = Pruned([], [])
    for backup in old:
        if spare is not None and backup.name == spare.name:
            continue
        try:
            # If it is interrupted, the next one goes on, and nobody takes what is left for a backup.
            going = backup.folder.rename(place / f"{_PARTIAL}{backup.name}-{os.getpid()}")
            shutil.rmtree(going)
        except OSError as error:
            pruned.stuck.append(error)
        else:
            pruned.gone.append(backup.name)
    for folder in place.iterdir():
        if not _is_whole(folder) and not _is_alive(folder.name):
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:
                pass  # another one that begins now removes it too
            except OSError as error:
                pruned.stuck.append(error)
    return pruned


def _is_alive(partial: str) -> bool:
    number = partial.rpartition("-")[2]
    return number.isdigit() and Path(f"/proc/{number}").exists()
