"""The supervisor, with small programs instead of servers."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.local.supervisor import Program, Supervisor, started_at

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    """A supervisor that is closed afterwards."""
    found = Supervisor()
    yield found
    await found.close()


def program(folder: Path, script: str, **changes: object) -> Program:
    """A shell *script* as a program."""
    values: dict[str, object] = {
        "name": "program",
        "command": ("/bin/sh", "-c", script),
        "environment": {"PATH": os.defpath},
        "directory": folder,
        "log": folder / "program.log",
    }
    return Program(**(values | changes))  # type: ignore[arg-type]


async def until(question: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a yes."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.02)


async def test_what_is_killed_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    """Three times in a row, as under a fault test."""
    supervisor.keep(program(tmp_path, "exec sleep 1000"))
    await until(lambda: supervisor.pids)
    for _ in range(3):
        before = supervisor.pids["program"]
        os.kill(before, signal.SIGKILL)
        await until(lambda before=before: supervisor.pids["program"] != before)  # type: ignore[misc]
        assert started_at(before) is None


async def test_a_clean_exit_is_no_reason_to_stay_down(supervisor: Supervisor, tmp_path: Path) -> None:
    """Whoever ends, ends by mistake."""
    supervisor.keep(program(tmp_path, "echo lived >> lives"))
    await until(lambda: (tmp_path / "lives").exists() and (tmp_path / "lives").read_text().count("lived") > 2)


async def test_a_program_that_cannot_start_does_not_end_the_supervisor(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """It is tried again; the others live."""
    missing = tmp_path / "missing"
    supervisor.keep(program(tmp_path, "", name="late", command=(str(missing),)))
    await asyncio.sleep(0.3)
    missing.write_text("#!/bin/sh\nexec sleep 1000\n")
    missing.chmod(0o755)
    await until(lambda: "late" in supervisor.pids)


async def test_whoever_does_not_stop_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    """Patience is finite, and its children go with it."""
    script = "trap '' TERM; sleep 1000 & echo $! > child; while :; do wait; done"
    supervisor.keep(program(tmp_path, script, patience_seconds=0.3))
    await until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text().strip())
    await supervisor.close()
    assert started_at(int((tmp_path / "child").read_text())) is None


async def test_daemons_of_our_programs_do_not_outlive_us(supervisor: Supervisor, tmp_path: Path) -> None:
    """A program may put something into the background (as Erlang does); it ends with the rest."""
    script = "setsid sh -c 'echo $$ > daemon; exec sleep 1000' & sleep 0.3; exec sleep 1000"
    supervisor.keep(program(tmp_path, script))
    await until(lambda: (tmp_path / "daemon").exists() and (tmp_path / "daemon").read_text().strip())
    os.kill(supervisor.pids["program"], signal.SIGKILL)
    daemon = int((tmp_path / "daemon").read_text())
    assert started_at(daemon) is not None
    await supervisor.close()
    assert started_at(daemon) is None


async def test_what_somebody_else_started_is_left_alone() -> None:
    """A supervisor ends what it started and what that left behind, and nothing else of its process."""
    other = await asyncio.create_subprocess_exec("sleep", "1000")
    try:
        await Supervisor().close()
        assert started_at(other.pid) is not None
    finally:
        other.kill()
        await other.wait()


async def test_programs_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    """Not even SIGKILL leaves a server behind."""
    script = (
        "import asyncio, pathlib, os\n"
        "from deploy.local.supervisor import Program, Supervisor\n"
        "async def main():\n"
        "    here = pathlib.Path(os.environ['HERE'])\n"
        "    kept = Supervisor(lambda: (here / 'pid').write_text(str(kept.pids['sleep'])))\n"
        "    kept.keep(Program('sleep', ('sleep', '1000'), {'PATH': os.defpath}, here, here / 'log'))\n"
        "    await asyncio.sleep(1000)\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, "-c", script], cwd=CHECKOUT, env=os.environ | {"HERE": str(tmp_path)}
    )
    try:
        await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        pid = int((tmp_path / "pid").read_text())
        assert started_at(pid) is not None
    finally:
        process.kill()
        process.wait()
    await until(lambda: started_at(pid) is None)
