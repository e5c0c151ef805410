"""Keeps programs running: whatever ends, a clean exit included, is started again."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

import structlog

from deploy.local.layout import Account

log = structlog.get_logger()

FIRST_DELAY_SECONDS = 0.1
LAST_DELAY_SECONDS = 2.0
STEADY_AFTER_SECONDS = 10.0
REAP_SECONDS = 1.0
LOG_BYTES = 32 * 1024 * 1024

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience_seconds: float = 30.0


@dataclass(slots=True)
class _Kept:
    program: Program
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[None] | None = None


def log_to(path: Path) -> TextIO:
    """Write what the supervisor does to *path*, one JSON object a line, and nothing to the terminal.

    What is returned may be closed once there is nothing more to be said.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file),
    )
    return file


class Supervisor:
    """Programs by name. `on_change` is called whenever a program has a new process."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._kept: dict[str, _Kept] = {}
        self._on_change = on_change
        self._reaping: asyncio.Task[None] | None = None
        self._others = frozenset(_children())  # somebody else in this process started them: not ours to end
        if _libc is not None:
            # What our programs leave behind (a daemon's children) becomes ours to reap and to end.
            _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    @property
    def pids(self) -> dict[str, int]:
        """The newest process of each program."""
        return {name: kept.process.pid for name, kept in self._kept.items() if kept.process is not None}

    def keep(self, program: Program) -> None:
        """Start *program*, and again whenever it ends, until it is stopped."""
        if self._reaping is None:
            self._reaping = asyncio.create_task(self._reap_now_and_then(), name="reap")
        kept = _Kept(program)
        self._kept[program.name] = kept
        kept.task = asyncio.create_task(self._keep(kept), name=f"keep {program.name}")

    async def stop(self, *names: str) -> None:
        """Stop the programs *names*, or all of them, newest first, each before the next."""
        for name in names or tuple(reversed(self._kept)):
            kept = self._kept.pop(name)
            kept.stopping.set()
            if kept.task is not None:
                await kept.task

    async def close(self) -> None:
        """Stop everything, orphans of our programs included."""
        await self.stop()
        if self._reaping is not None:
            self._reaping.cancel()
        for pid in self._ours():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self._ours() and time.monotonic() < deadline:
            self._reap()
            await asyncio.sleep(0.02)

    async def _reap_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(REAP_SECONDS)
            self._reap()

    def _ours(self) -> list[int]:
        """Processes that this supervisor started, and what they left behind."""
        return [pid for pid in _children() if pid not in self._others]

    def _reap(self) -> None:
        """Take leave of ended processes that are ours only because their parent ended."""
        known = set(self.pids.values())
        for pid in self._ours():
            if pid not in known and _is_zombie(pid):
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    async def _keep(self, kept: _Kept) -> None:
        program = kept.program
        delay = FIRST_DELAY_SECONDS
        while not kept.stopping.is_set():
            started = time.monotonic()
            try:
                status = await self._run(kept)
            except OSError as error:
                log.error("program_not_started", program=program.name, error=str(error))  # noqa: TRY400
                status = None
            if kept.stopping.is_set():
                return
            lived = time.monotonic() - started
            log.warning("program_ended", program=program.name, status=status, lived_seconds=round(lived, 1))
            delay = (
                FIRST_DELAY_SECONDS if lived > STEADY_AFTER_SECONDS else min(delay * 2, LAST_DELAY_SECONDS)
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(kept.stopping.wait(), delay)

    async def _run(self, kept: _Kept) -> int:
        """One life of a program; returns its exit status."""
        kept.process = await _start(kept.program)
        self._on_change()
        log.info("program_started", program=kept.program.name, pid=kept.process.pid)
        ended = asyncio.ensure_future(kept.process.wait())
        stopping = asyncio.ensure_future(kept.stopping.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            await _end(kept.process, kept.program)
        return await ended


async def _start(program: Program) -> asyncio.subprocess.Process:
    account = program.account
    with _open_log(program.log) as output:
        return await asyncio.create_subprocess_exec(
            *program.command,
            cwd=program.directory,
            env=program.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: end_with_parent(program.stop_signal),
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


async def _end(process: asyncio.subprocess.Process, program: Program) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(program.stop_signal)
    try:
        await asyncio.wait_for(process.wait(), program.patience_seconds)
    except TimeoutError:
        log.warning("program_killed", program=program.name, after_seconds=program.patience_seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def end_with_parent(stop_signal: signal.Signals) -> None:
    """Ask the kernel to send *stop_signal* to this process when its parent ends, however it ends."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)


def _open_log(path: Path) -> BinaryIO:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def _children() -> list[int]:
    """Our direct children, adopted ones included."""
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.extend(int(pid) for pid in task.read_text().split())
    return found


def _is_zombie(pid: int) -> bool:
    return _status_of(pid)[:1] == ["Z"]


def started_at(pid: int) -> str | None:
    """When the process *pid* started, in the kernel's ticks; None when there is none (or it ended)."""
    status = _status_of(pid)
    return status[19] if status and status[0] != "Z" else None


def _status_of(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (proc(5)): state first, start time twentieth."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
