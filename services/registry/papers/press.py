"""A sheet, set by a process of its own: whatever it takes, the registry goes on answering."""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from shared.problems import Unavailable

log = structlog.get_logger()

PATIENCE_SECONDS: Final = 15.0
_CHECKOUT: Final = Path(__file__).parents[3]


async def pressed(content: Mapping[str, Any]) -> bytes:
    """The PDF of a sheet that says *content*; raises Unavailable where it cannot be set in time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "services.registry.papers.typesetting",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # Nothing of ours that is secret; where the modules are, and where temporary files belong.
        env={"PYTHONPATH": str(_CHECKOUT), "TMPDIR": tempfile.gettempdir()},
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            sheet, _ = await process.communicate(msgspec.json.encode(content))
    except TimeoutError:
        raise _failed("late") from None
    finally:
        await asyncio.shield(_gone(process))
    if process.returncode != 0:
        raise _failed("ended")
    return sheet


async def _gone(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _failed(why: str) -> Unavailable:
    log.error("briefing_failed", why=why)
    return Unavailable()
