"""Where a stack keeps its things, and what it has made up for itself: ports, passwords, keys.

Everything lies under `.local/`. Servers run as an ordinary user; where that user cannot get to the checkout
(a folder 0700 of root's) their data lies under /var/tmp instead, linked from `.local/`. So does what only a
test run needs, in memory.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import pwd
import random
import re
import secrets
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

CHECKOUT = Path(__file__).parent.parent.parent
LOOPBACK = "127.0.0.1"
# Below those that the kernel hands to outgoing connections: still free after a restart.
PORTS = range(20_000, 32_000)
DISK, MEMORY = Path("/var/tmp"), Path("/dev/shm")  # noqa: S108 - who owns what lies there is checked
PASSING_BYTES = 4 * 1024**3
"""What the servers of a test run may come to write."""

Account = pwd.struct_passwd


class CannotRunError(Exception):
    """The stack cannot run here: one sentence says why and what to do."""


class Ports(msgspec.Struct):
    """Every port of a stack, on loopback."""

    url: int
    ingest: int
    registry: int
    notifier: int
    postgres: int
    amqp: int
    amqp_management: int
    amqp_metrics: int
    distribution: int
    epmd: int
    prometheus: int = 0


class Secrets(msgspec.Struct):
    """Passwords and keys that a stack made up for itself."""

    session_key: str
    administrator: str
    erlang_cookie: str
    broker: dict[str, str]
    api_keys: dict[str, str] = {}


class State(msgspec.Struct):
    """What stays the same from one start to the next."""

    ports: Ports
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one stack: `home` has what a reader looks for, `data` what servers write."""

    home: Path
    name: str = "stack"

    @property
    def stack_file(self) -> Path:
        """Where the running stack is described."""
        return self.home / "stack.json"

    def siblings(self) -> tuple[Layout, Layout]:
        """The two stacks that may stand in this home, never both at once: `make up` and `make demo`."""
        return Layout(self.home), Layout(self.home, "demo")

    @property
    def own(self) -> Path:
        """What belongs to this stack alone."""
        return self.home / self.name

    @property
    def data(self) -> Path:
        """The servers' folders; resolved, for a user who cannot follow the link."""
        return (self.own / "data").resolve()

    def log(self, name: str) -> Path:
        """The log file of the program *name*."""
        return self.own / "log" / f"{name}.log"

    def prepare(self, *, passing: bool = False) -> None:
        """Make the folders; doing it again changes nothing.

        *passing* data is of no use once this run is over, and lies in memory if there is enough of it: of a
        thousand databases that live for a second each, most of the time goes into making and removing files.
        """
        for folder in (self.home, self.own, self.own / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        if (self.own / "data").exists():
            return
        accounts = [account_of(name) for name in ("postgres", "rabbitmq", "www-data", "prometheus")]
        if passing and _has_room_in_memory():
            outside = self._outside(MEMORY)
        elif all(account is None or _can_reach(self.own, account) for account in accounts):
            (self.own / "data").mkdir()
            return
        else:
            outside = self._outside(DISK)
        outside.mkdir(mode=0o755, parents=True, exist_ok=True)
        if outside.stat().st_uid != os.geteuid():
            raise CannotRunError(f"{outside} belongs to somebody else; remove it and try again")
        (self.own / "data").unlink(missing_ok=True)
        (self.own / "data").symlink_to(outside)

    def forget(self) -> None:
        """Remove the stack's data, passwords and logs."""
        for folder in (MEMORY, DISK):
            shutil.rmtree(self._outside(folder), ignore_errors=True)
        shutil.rmtree(self.own, ignore_errors=True)

    def state(self) -> State:
        """Ports and secrets of this stack: those of last time, or new ones. Taken ports are replaced."""
        file = self.own / "state.json"
        if file.exists():
            state = msgspec.json.decode(file.read_bytes(), type=State)
        else:
            numbers = _free_ports(len(Ports.__struct_fields__))
            state = State(Ports(*numbers), _new_secrets())
        for name in Ports.__struct_fields__:
            if not getattr(state.ports, name) or not _is_free(getattr(state.ports, name)):
                setattr(state.ports, name, next(_free_ports(1)))
        self.keep(state)
        return state

    def keep(self, state: State) -> None:
        """Write *state* down."""
        write_private(self.own / "state.json", msgspec.json.format(msgspec.json.encode(state)))

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Hold the right to run a stack in this home; False when another process holds it.

        The kernel lets go of it when the holder ends, however it ends.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield True

    def holder(self) -> int | None:
        """The process that runs a stack in this home."""
        if not (self.home / "lock").exists():
            return None
        with (self.home / "lock").open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                while not (text := file.read()):  # it holds the lock, and is about to write who it is
                    time.sleep(0.01)
                return int(text)
        return None

    def _outside(self, folder: Path) -> Path:
        mark = hashlib.sha256(str(self.own.absolute()).encode()).hexdigest()[:12]
        return folder / f"malha-{mark}"


def account_of(name: str) -> Account | None:
    """The ordinary user whom root becomes for a server; None when we are an ordinary user ourselves."""
    if os.geteuid() != 0:
        return None
    for candidate in (name, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(candidate)
    raise CannotRunError(f"There is neither a user {name} nor a user nobody to run a server as")


def own_by(path: Path, account: Account | None) -> None:
    """Give *path* to *account*."""
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def write_private(path: Path, content: bytes) -> None:
    """Replace *path* by *content* in one step; only its owner may read it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)


def _has_room_in_memory() -> bool:
    """Whether the servers of a test run fit there, and leave enough for everybody else."""
    try:
        memory, told = os.statvfs(MEMORY), Path("/proc/meminfo").read_text("ascii")
    except OSError:  # not Linux, or walled in
        return False
    available = re.search(r"^MemAvailable: +(\d+) kB", told, re.MULTILINE)
    left_bytes = int(available[1]) * 1024 if available else 0
    return memory.f_bavail * memory.f_frsize >= PASSING_BYTES and left_bytes >= 2 * PASSING_BYTES


def _can_reach(path: Path, account: Account) -> bool:
    for folder in (path.absolute(), *path.absolute().parents):
        status = folder.stat()
        if status.st_uid == account.pw_uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == account.pw_gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _free_ports(count: int) -> Iterator[int]:
    candidates = random.SystemRandom().sample(PORTS, len(PORTS))
    free = (port for port in candidates if _is_free(port))
    return (port for port, _ in zip(free, range(count), strict=False))


def _new_secrets() -> Secrets:
    users = ("ingest", "registry", "notifier", "operator")
    return Secrets(
        session_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        administrator=secrets.token_hex(16),
        erlang_cookie=secrets.token_hex(16),
        broker={user: secrets.token_hex(16) for user in users},
    )
