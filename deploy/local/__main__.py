"""What the Makefile calls: ``python -m deploy.local up | down | clean | demo | servers``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path

import msgspec

from deploy.local import background, progress, servers
from deploy.local.layout import CHECKOUT, CannotRunError, Layout, write_private
from deploy.local.stack import Shape


def main() -> int:
    """Run one command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "clean", "supervise", "demo", "servers"])
    parser.add_argument(
        "--home", type=Path, default=CHECKOUT / ".local", help="where a stack keeps its things"
    )
    parser.add_argument(
        "--split",
        action="store_true",
        default=os.environ.get("SPLIT") == "1",
        help="three services, a gateway",
    )
    parser.add_argument(
        "--monitoring",
        action="store_true",
        default=os.environ.get("MONITORING") == "1",
        help="a Prometheus that watches all of it",
    )
    own, program = _partition(sys.argv[1:])
    options = parser.parse_args(own)
    layout = Layout(options.home.absolute())
    shape = Shape(options.split, options.monitoring)
    try:
        match options.command:
            case "up":
                background.up(layout, shape)
            case "down":
                background.down(layout)
            case "clean":
                background.clean(layout)
            case "supervise":
                return _run(background.supervise(layout, shape))
            case "demo":
                from deploy.local import demo  # noqa: PLC0415 - only the demonstration needs the feeder

                return _run(demo.run(layout, shape))
            case "servers":
                return _run(_servers(options.home.absolute(), program))
    except CannotRunError as error:
        progress.console.print(f"[red]✗[/] {error}")
        return 1
    return 0


async def _servers(home: Path, program: list[str]) -> int:
    """Run *program* beside servers of its own and pass on its exit status; without one, until input ends."""
    async with servers.private_servers(home) as addresses:
        if program:
            process = await asyncio.create_subprocess_exec(
                *program, env=os.environ | servers.environment_of(addresses)
            )
            return await process.wait()
        write_private(home / "addresses.json", msgspec.json.encode(addresses))
        await asyncio.to_thread(sys.stdin.buffer.read)
    return 0


def _partition(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Our own arguments, and after `--` the program to run beside the servers."""
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def _run(work: Coroutine[None, None, int]) -> int:
    """Run *work*; the first SIGINT or SIGTERM cancels it, and it may take its time to clean up."""

    async def run() -> int:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(
                number, lambda: None if task.cancelling() else task.cancel()
            )
        try:
            return await task
        except asyncio.CancelledError:
            return 0

    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
