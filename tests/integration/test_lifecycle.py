"""A program of parts and requests: how it starts, says how it is, and ends."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from yarl import URL

from shared import http, lifecycle
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


@asynccontextmanager
async def closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the line at the end, whatever happened."""
    try:
        yield
    finally:
        writer.close()


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
    async with asyncio.timeout(20):
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


async def test_metrics_and_headers_are_on_every_service() -> None:
    """Requests are counted by route, never by address; answers carry the security headers, errors too."""
    app = build_app("test")
    async with serving(app) as origin, aiohttp.ClientSession(origin) as client:
        async with client.get("/nothing/here") as answer:
            assert answer.status == 404
            assert answer.content_type == "application/problem+json"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "aiohttp" not in answer.headers["Server"]
        async with client.get("/metrics") as answer:
            text = await answer.text()
        assert 'malha_http_request_seconds_count{route="none",status="404"}' in text
        assert "/nothing/here" not in text


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
    async with asyncio.timeout(20):
        assert await lifecycle.serve_on(app, lifecycle.listen("127.0.0.1", 0)) == lifecycle.FAILED
    assert diary == ["publisher began", "publisher ended"]


async def test_part_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop has a deadline, whoever hangs."""
    monkeypatch.setattr(lifecycle, "PARTS_DRAIN_SECONDS", 0.2)
    app = build_app("test")
    app[PARTS].append(Worker("demo.stuck", [], drain_seconds=3600))
    app[lifecycle.STOPPING].set()
    async with asyncio.timeout(20):
        assert await lifecycle.serve_on(app, lifecycle.listen("127.0.0.1", 0)) == lifecycle.FAILED


async def test_sigterm_answers_what_is_in_hand_and_exits_clean() -> None:
    """A sender in the middle of a request at a restart gets its answer."""
    process = await run_program(**ENVIRON, MALHA_LISTEN_PORT="0")
    port = await listening_port(process)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        asking = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        async with await asking as answer:
            assert await answer.text() == "done"
    async with asyncio.timeout(10):
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


def taking(limit_bytes: int, seconds: float) -> web.Application:
    """A door that says how much it was given."""
    app = build_app("test")

    async def take(request: web.Request) -> web.Response:
        return web.json_response(len(await http.read_body(request, limit_bytes, seconds)))

    app.router.add_post("/take", take)
    return app


@pytest.mark.parametrize("chunked", [False, True])
async def test_body_past_its_limit_is_refused(*, chunked: bool) -> None:
    """Told by its length, or found out while reading when none was told."""

    async def parts(size: int) -> bytes:
        return b"x" * size

    async def stream(size: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 (an async generator of bytes)
        for _ in range(size // 10):
            yield await parts(10)

    async with serving(taking(1000, 5)) as origin, aiohttp.ClientSession(origin) as client:
        for size, status in ((1000, 200), (1010, 413)):
            data = stream(size) if chunked else await parts(size)
            async with client.post("/take", data=data) as answer:
                assert answer.status == status


async def test_body_that_drips_is_given_up() -> None:
    """A byte now and then would hold a connection for ever."""
    async with serving(taking(1000, 0.3)) as origin:
        port = int(origin.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        async with asyncio.timeout(20):
            for _ in range(5):
                writer.write(b"x")
                await asyncio.sleep(0.1)
            assert b" 408 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize(
    "path",
    ["", "x" * 3000, "%ff", "%00", "a%0d%0ab", "../http.py", "..%2fhttp.py", "%2e%2e/http.py", "style.css/"],
)
async def test_static_path_that_is_no_file_is_not_found(path: str) -> None:
    """Nor is any path an error of ours: names too long for the file system never reach it."""
    app = build_app("test")
    url = URL(f"/static/{path}", encoded=True)
    async with serving(app) as origin, aiohttp.ClientSession() as client:
        async with client.get(f"{origin}/static/style.css") as answer:
            assert (answer.status, answer.content_type) == (200, "text/css")
        async with client.get(URL(origin).join(url)) as answer:
            assert answer.status == 404
            assert answer.content_type == "application/problem+json"


async def test_log_of_an_error_keeps_the_secrets_of_the_path() -> None:
    """A login link is one: the log names the route."""
    app = build_app("test")

    async def fail(_request: web.Request) -> web.Response:
        raise LookupError("unforeseen")

    app.router.add_get("/entrar/{token}", fail)
    with capture_logs() as told:
        async with serving(app) as origin, aiohttp.ClientSession(origin) as client:
            await (await client.get("/entrar/secret-token")).read()
    (failed,) = [entry for entry in told if entry["event"] == "request_failed"]
    assert failed["route"] == "/entrar/{token}"
    assert "secret-token" not in str(told)


async def test_unforeseen_error_is_a_problem_without_its_text() -> None:
    """What went wrong inside is for the log."""
    app = build_app("test")

    async def fail(_request: web.Request) -> web.Response:
        raise LookupError("a secret of the house")

    app.router.add_get("/fail", fail)
    async with serving(app) as origin, aiohttp.ClientSession(origin) as client, client.get("/fail") as answer:
        assert answer.status == 500
        assert answer.content_type == "application/problem+json"
        assert "secret" not in await answer.text()


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"NONSENSE\r\n\r\n", 400, "malformed_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed_request"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 400, "malformed_request"),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
            "malformed_request",
        ),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417, "request_refused"),
        (b"PATCH /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n", 405, "method_not_allowed"),
    ],
)
async def test_whatever_strangers_send_is_answered_by_a_problem(sent: bytes, status: int, code: str) -> None:
    """The library's own refusals do not pass the middlewares; callers need not know."""
    async with serving(build_app("test")) as origin:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(origin.rpartition(":")[2]))
        writer.write(sent)
        async with closing(writer), asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split(b" ")[1] == b"%d" % status
            assert b"Content-Type: application/problem+json" in head
            assert b"Content-Security-Policy" in head
            length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            assert b'"code":"%s"' % code.encode() in await reader.readexactly(length)
