"""Requests as every service takes them: counted, bounded, and answered in words whatever is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from yarl import URL

from shared import http
from shared.lifecycle import build_app
from tests.support.house import serving


@asynccontextmanager
async def closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the line at the end, whatever happened."""
    try:
        yield
    finally:
        writer.close()


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

    async with serving(taking(1000, 60)) as origin, aiohttp.ClientSession(origin) as client:
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
        async with asyncio.timeout(60):
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
        async with closing(writer), asyncio.timeout(60):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split(b" ")[1] == b"%d" % status
            assert b"Content-Type: application/problem+json" in head
            assert b"Content-Security-Policy" in head
            length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            assert b'"code":"%s"' % code.encode() in await reader.readexactly(length)
