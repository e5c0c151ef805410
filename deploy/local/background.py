"""A stack in the background: a process of its own that outlives the one who started it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from deploy.local import progress, stack
from deploy.local.layout import CHECKOUT, CannotRunError, Layout, write_private
from deploy.local.supervisor import started_at

UP_SECONDS = 240
DOWN_SECONDS = 150


class _Told(msgspec.Struct):
    """What the background process tells whoever waits for it."""

    step: str = "Starting"
    failure: str | None = None
    ready: bool = False


class _Teller:
    """A Report to whoever waits in another process."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, step: str) -> None:
        """From now on it is *step*."""
        write_private(self._file, msgspec.json.encode(_Told(step)))

    def rest(self) -> None:
        """Nothing is being done for a while."""


async def supervise(layout: Layout, shape: stack.Shape) -> int:
    """The background process: a stack until SIGTERM."""
    file = layout.own / "progress.json"
    with layout.lock() as held:
        if not held:
            return 1
        layout.own.mkdir(parents=True, exist_ok=True)

        try:
            async with stack.running(layout, _Teller(file), shape):
                write_private(file, msgspec.json.encode(_Told("Up", ready=True)))
                await asyncio.Event().wait()
        except CannotRunError as error:
            write_private(file, msgspec.json.encode(_Told("Failed", failure=str(error))))
            return 1
        finally:
            with contextlib.suppress(OSError):
                if _told(layout).failure is None:
                    file.unlink()
    return 0


def up(layout: Layout, shape: stack.Shape) -> None:
    """Start a stack in the background and wait until it is ready; one that is up stays as it is."""
    process: subprocess.Popen[bytes] | None = None
    if layout.holder() is None:
        process = _start(layout, shape)
    else:
        _complain_about_other_shape(layout, shape)
    deadline = time.monotonic() + UP_SECONDS
    with progress.shown() as report:
        while not (told := _told(layout)).ready or not layout.stack_file.exists():
            if told.failure is not None:
                raise CannotRunError(told.failure)
            if process is not None and process.poll() is not None:
                raise CannotRunError(f"The stack ended at once: see {layout.log('supervisor')}")
            if time.monotonic() > deadline:
                raise CannotRunError(f"The stack is not ready: see {layout.log('supervisor').parent}")
            report(told.step)
            time.sleep(0.1)
    described = stack.read(layout)
    said = "is up" if process else "is up already"
    progress.console.print(f"[green]✓[/] Malha {said}: {described.url}   (details: {layout.stack_file})")
    if described.prometheus_url is not msgspec.UNSET:
        progress.console.print(f"  Prometheus: {described.prometheus_url}/alerts")


def down(layout: Layout) -> None:
    """Stop the stack, whoever runs it, and wait until no process is left."""
    holder = layout.holder()
    with progress.shown() as report:
        if holder is not None:
            report("The stack is being stopped")
            os.kill(holder, signal.SIGTERM)
            deadline = time.monotonic() + DOWN_SECONDS
            while layout.holder() == holder or _is_alive(holder):
                if time.monotonic() > deadline:
                    os.kill(holder, signal.SIGKILL)
                time.sleep(0.1)
        for own in layout.siblings():
            asyncio.run(stack.end_leftovers(own))
    layout.stack_file.unlink(missing_ok=True)
    progress.console.print("[green]✓[/] Malha is down" if holder else "[green]✓[/] Malha was down already")


def clean(layout: Layout) -> None:
    """Stop the stack and forget its data."""
    down(layout)
    for own in layout.siblings():
        own.forget()
    shutil.rmtree(layout.home, ignore_errors=True)
    progress.console.print("[green]✓[/] Its data is forgotten")


def _start(layout: Layout, shape: stack.Shape) -> subprocess.Popen[bytes]:
    layout.log("supervisor").parent.mkdir(parents=True, exist_ok=True)
    (layout.own / "progress.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "deploy.local", "supervise", "--home", str(layout.home)]
    with layout.log("supervisor").open("ab") as output:
        return subprocess.Popen(
            [*command, *(f"--{name}" for name, there in msgspec.structs.asdict(shape).items() if there)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _told(layout: Layout) -> _Told:
    try:
        return msgspec.json.decode((layout.own / "progress.json").read_bytes(), type=_Told)
    except FileNotFoundError:
        return _Told()


def _complain_about_other_shape(layout: Layout, shape: stack.Shape) -> None:
    if not layout.stack_file.exists():
        return
    described = stack.read(layout)
    if shape.split != (described.url != described.ingest_url):
        is_now = "one process" if shape.split else "three services"
        raise CannotRunError(f"The stack is up as {is_now}: make down first")
    if shape.monitoring and described.prometheus_url is msgspec.UNSET:
        raise CannotRunError("The stack is up without Prometheus: make down first")


def _is_alive(pid: int) -> bool:
    return started_at(pid) is not None
