"""Where files are read: a process for each, a few at a time, ended as soon as nobody waits for it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import structlog

from services.ingest.imports import frames
from services.ingest.imports.findings import Unusable
from services.ingest.imports.jobs import Job, ReportRow
from services.ingest.imports.wording import NOT_A_SHEET, TOO_LARGE_INSIDE
from shared.notices.findings import FieldError
from shared.notices.sentences import Sentence
from shared.problems import Unavailable

log = structlog.get_logger()

AT_ONCE: Final = 2
WAIT_SECONDS: Final = 20.0
"""How long a file waits for a place; then its sender is told to come again."""
SILENT_SECONDS: Final = 100.0
"""More than the worker may take of the processor."""
_encode = msgspec.json.Encoder().encode


class _Refusal(msgspec.Struct, frozen=True):
    status: int
    code: str
    detail: Sentence
    errors: list[FieldError]


_read_refusal = msgspec.json.Decoder(_Refusal).decode


class Reader:
    """A worker with one file in hand."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def answers(self) -> AsyncIterator[tuple[frames.Kind, bytes]]:
        """What the worker answers, the end included; Unusable if the file is refused, or too much for it."""
        while True:
            kind, content = await self._next()
            if kind == "refused":
                told = _read_refusal(content)
                raise Unusable(told.status, told.code, told.detail, told.errors)
            if kind == "failed":
                log.error("import_unreadable", why=content.decode())
                raise Unusable(422, "unreadable_file", NOT_A_SHEET)
            yield kind, content
            if kind == "end":
                return

    async def tell(self, told: dict[int, ReportRow]) -> None:
        """Tell the worker what became of the rows that it gave last."""
        if self._process.stdin is None:
            raise ConnectionError("the worker has no input")
        self._process.stdin.write(_encode(told) + b"\n")
        await self._process.stdin.drain()

    async def _next(self) -> tuple[frames.Kind, bytes]:
        out = self._process.stdout
        if out is None:
            raise ConnectionError("the worker has no output")
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                head = frames.read_head(await out.readexactly(frames.HEAD_BYTES))
                return head.kind, await out.readexactly(head.size)
        except (asyncio.IncompleteReadError, TimeoutError, ValueError):
            # Its bounds ended it: whatever it was, it is no sheet of 50,000 rows.
            log.warning("import_worker_ended", pid=self._process.pid)
            raise Unusable(413, "too_large_inside", TOO_LARGE_INSIDE) from None


class Workshop:
    """Starts a worker for each file; whoever finds all places taken waits for one."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def reading(self, job: Job, content: bytes) -> AsyncIterator[Reader]:
        """A worker that reads *content*; it ends with the context, however that is left."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable(retry_after_seconds=int(WAIT_SECONDS)) from None
        folder = TemporaryDirectory(prefix="malha-import-", ignore_cleanup_errors=True)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.ingest.imports.worker",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env=_environment(folder.name),
            )  # fmt: skip
            feeding = asyncio.create_task(_feed(process, _encode(job) + b"\n", content))
            try:
                yield Reader(process)
            finally:
                feeding.cancel()
                if process.returncode is None:
                    process.kill()
                await asyncio.shield(asyncio.gather(process.wait(), feeding, return_exceptions=True))
        finally:
            self._places.release()
            folder.cleanup()


async def _feed(process: asyncio.subprocess.Process, *parts: bytes) -> None:
    """Hand the worker its job. One that ends before it has read all says why by itself."""
    if process.stdin is None:
        return
    try:
        for part in parts:
            process.stdin.write(part)
            await process.stdin.drain()
    except ConnectionError:
        return


def _environment(folder: str) -> dict[str, str]:
    """What the worker needs of ours: where its modules are; no setting, and so no secret.

    What it writes lies in *folder*, which outlives it and is taken away by us.
    """
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109 - as Python itself reads it
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return {**kept, "TMPDIR": folder, "PYTHONPATH": path, "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "2"}
