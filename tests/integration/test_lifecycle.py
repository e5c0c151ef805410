"""A program of parts: how it starts, says how it is, and ends."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from shared import lifecycle
from shared.lifecycle import PARTS, READY, Readiness, build_app
from tests.support.house import serving

PROGRAM = Path(__file__).parent.parent / "support" / "program.py"
ENVIRON = {
    "MALHA_ENVIRONMENT": "test",
    "MALHA_AMQP_URL": "amqp://127.0.0.1:1/",
    "MALHA_PUBLIC_URL": "http://127.0.0.1",
    "MALHA_SESSION_KEY": "2v5r3hDkq0m2bC0m0hM1rYt3m8bq1p2e9h0s7d6f5g4=",
}


class Worker:
    """A part that writes down when it began and ended."""

    def __init__(self, name: str, diary: list[str], *, drain_seconds: float = 0.0) -> None:
        self.name = name
        self.state = READY
        self._diary = diary
        self._drain_seconds = drain_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop, then take some time for what is in hand."""
        self._diary.append(f"{self.name} began")
        await stop.wait()
        await asyncio.sleep(self._drain_seconds)
        self._diary.append(f"{self.name} ended")

    def readiness(self) -> Readiness:
        """As the test says."""
        return self.state


async def run_program(*arguments: str, **environ: str) -> asyncio.subprocess.Process:
    """Start the test's program with these variables."""
    root = Path(__file__).parent.parent.parent
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        *arguments,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(root), **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def listening_port(process: asyncio.subprocess.Process) -> int:
    """The port that the program says it listens on."""
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while line := await process.stderr.readline():
            if b'"listening"' in line:
                return int(line.split(b'"port":')[1].split(b",")[0])
    raise AssertionError("the program ended before it listened")


async def test_readiness_names_the_part_that_is_not_ready() -> None:
    """An operator reads one address and knows where to look."""
    app = build_app("test")
    worker = Worker("demo.worker", [])
    app[PARTS] += [worker, Worker("demo.other", [])]
    async with serving(app) as origin, aiohttp.ClientSession(origin) as client:
        async with client.get("/healthz/ready") as answer:
            assert answer.status == 200
            assert await answer.json() == {
                "status": "ready",
                "parts": {
                    "demo.worker": {"ok": True, "detail": None},
                    "demo.other": {"ok": True, "detail": None},
                },
            }
        worker.state = Readiness(ok=False, detail="the database is down")
        async with client.get("/healthz/ready") as answer:
            assert answer.status == 503
            body = await answer.json()
            assert body["status"] == "not_ready"
            assert body["parts"]["demo.worker"] == {"ok": False, "detail": "the database is down"}
        async with client.get("/healthz/live") as answer:
            assert answer.status == 200


async def test_parts_end_in_the_reverse_order_of_their_adding() -> None:
    """A consumer in its last batch still needs the publisher that was added before it."""
    diary: list[str] = []
    app = build_app("test")
    app[PARTS] += [Worker("publisher", diary), Worker("consumer", diary, drain_seconds=0.2)]
    async with serving(app):
        pass
    assert diary == ["publisher began", "consumer began", "consumer ended", "publisher ended"]


async def test_part_that_fails_ends_the_program_but_lets_the_others_drain() -> None:
    """Half a service is worse than a restart; what is in hand is finished first."""
    diary: list[str] = []

    class Failing(Worker):
        async def run(self, stop: asyncio.Event) -> None:
            assert not stop.is_set()
            raise LookupError("a fault of ours")

    app = build_app("test")
    app[PARTS] += [Worker("publisher", diary), Failing("consumer", diary)]
    async with asyncio.timeout(60):
        assert await lifecycle.serve_on(app, lifecycle.listen("127.0.0.1", 0)) == lifecycle.FAILED
    assert diary == ["publisher began", "publisher ended"]


async def test_part_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop has a deadline, whoever hangs."""
    monkeypatch.setattr(lifecycle, "PARTS_DRAIN_SECONDS", 0.2)
    app = build_app("test")
    app[PARTS].append(Worker("demo.stuck", [], drain_seconds=3600))
    app[lifecycle.STOPPING].set()
    async with asyncio.timeout(60):
        assert await lifecycle.serve_on(app, lifecycle.listen("127.0.0.1", 0)) == lifecycle.FAILED


async def test_sigterm_answers_what_is_in_hand_and_exits_clean() -> None:
    """A sender in the middle of a request at a restart gets its answer."""
    process = await run_program(**ENVIRON, MALHA_LISTEN_PORT="0")
    port = await listening_port(process)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        asking = asyncio.create_task(client.get("/slow"))
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"asked\n"
        process.send_signal(signal.SIGTERM)
        async with await asking as answer:
            assert await answer.text() == "done"
    async with asyncio.timeout(60):
        assert await process.wait() == 0


async def test_bad_setting_is_named_and_exits_with_two() -> None:
    """Supervisors need not try again, and whoever reads the journal knows which variable."""
    process = await run_program(**{**ENVIRON, "MALHA_LISTEN_PORT": "eighty"})
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode() == "MALHA_LISTEN_PORT: Expected `int`, got `str`\n"


async def test_taken_port_exits_with_one() -> None:
    """One sentence, no traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await run_program(**ENVIRON, MALHA_LISTEN_PORT=str(taken.getsockname()[1]))
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"cannot_listen" in errors
    assert b"Traceback" not in errors


async def test_failing_part_exits_with_one() -> None:
    """The supervisor starts it again."""
    process = await run_program("fail", **ENVIRON, MALHA_LISTEN_PORT="0")
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"part_failed" in errors


async def test_reader_that_does_not_read_costs_little_memory() -> None:
    """The send buffer is inherited from the listening socket: 64 KiB, which Linux doubles."""
    listening = lifecycle.listen("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()):
        listening.setblocking(True)
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * lifecycle.SEND_BUFFER_BYTES
