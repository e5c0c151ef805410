"""An XLSX file, written by a process of its own: Python's lock is not held against who asks for a page."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec
import structlog

from services.registry.papers.sheet import LENGTH, OUT, Closing, Sheet
from shared.problems import Unavailable

log = structlog.get_logger()

PREFIX: Final = "malha-planilha-"
LEFT_BEHIND_SECONDS: Final = 6 * 3600
"""A directory of this age belongs to nobody: machine and writer went down together."""
_TAKING_SECONDS: Final = 60.0
_CLOSING_SECONDS: Final = 900.0
_ENDING_SECONDS: Final = 5.0

_CHECKOUT: Final = Path(__file__).parents[3]

_encoder = msgspec.json.Encoder()


class SheetWriter:
    """The process that writes one file, and what goes to it."""

    def __init__(
        self, process: asyncio.subprocess.Process, pipe: asyncio.StreamWriter, directory: Path
    ) -> None:
        self._process = process
        self._pipe = pipe
        self._directory = directory

    async def begin(self, sheet: Sheet) -> None:
        """Say what the file is to hold."""
        await self._send(_encoder.encode(sheet))

    async def write(self, rows: Sequence[Any]) -> None:
        """Send *rows*; waits while the writer is behind."""
        await self._send(_encoder.encode(rows))

    async def finish(self, closing: Closing) -> IO[bytes]:
        """Have the file put together; gives it opened, and without a name."""
        await self._send(_encoder.encode(closing))
        self._pipe.close()
        async with asyncio.timeout(_CLOSING_SECONDS):
            if await self._process.wait() != 0:
                raise _failed("ended")
        return await asyncio.to_thread(self._opened)

    async def _send(self, body: bytes) -> None:
        try:
            self._pipe.writelines((LENGTH.pack(len(body)), body))
            async with asyncio.timeout(_TAKING_SECONDS):
                await self._pipe.drain()
        except (ConnectionError, TimeoutError) as error:
            raise _failed(type(error).__name__) from error

    def _opened(self) -> IO[bytes]:
        file = (self._directory / OUT).open("rb")
        shutil.rmtree(self._directory, ignore_errors=True)
        return file


@asynccontextmanager
async def sheet_writer(sheet: Sheet) -> AsyncIterator[SheetWriter]:
    """A writer for the block; afterwards neither its process nor its files are there, whatever happened."""
    directory = await asyncio.to_thread(_directory)
    process: asyncio.subprocess.Process | None = None
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "services.registry.papers.workbook",
            str(directory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            # Nothing of ours that is secret; where the modules are, and where temporary files belong.
            env={"PYTHONPATH": str(_CHECKOUT), "TMPDIR": tempfile.gettempdir()},
        )
        writer = SheetWriter(process, cast("asyncio.StreamWriter", process.stdin), directory)
        await writer.begin(sheet)
        yield writer
    finally:
        await asyncio.shield(_gone(process, directory))


async def _gone(process: asyncio.subprocess.Process | None, directory: Path) -> None:
    if process is not None and process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_SECONDS):
                await process.wait()
    await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)


def _directory() -> Path:
    """A new directory; those that nobody can still be writing in go."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX))


def _failed(why: str) -> Unavailable:
    log.error("spreadsheet_failed", why=why)
    return Unavailable()
