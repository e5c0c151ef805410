"""The gateway's template in a real nginx, before three services that say their name."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from deploy.local.gateway import command, lay_out
from deploy.local.supervisor import Program, Supervisor
from tests.support.listening import free_port

ROUTES = {
    "/": "notifier",
    "/v1/stream": "notifier",
    "/v1/stream?member=3106200": "notifier",
    "/v1/streams": "registry",
    "/v1/stream/": "registry",
    "/v1/notices": "ingest",
    "/v1/notices/validate": "ingest",
    "/v1/notices/": "registry",
    "/v1/notices/other": "registry",
    "/v1//notices": "registry",
    "/v1/imports": "ingest",
    "/v1/imports/1": "registry",
    "/v1/me": "ingest",
    "/v1/members": "registry",
    "/v1/members/3106200": "registry",
    "/v1/feed": "registry",
    "/v1/documents": "registry",
    "/v1/documents/": "registry",
    "/v1/documents/x": "registry",
    "/registrar": "ingest",
    "/registrar/": "ingest",
    "/registrar/novo?x=1": "ingest",
    "/registrare": "registry",
    "/municipios/3106200": "registry",
    "/healthz/live": "registry",
    "/healthz/ready": "registry",
    "/metrics": "registry",
    "/static/style.css": "registry",
}

Stop = Callable[[str], object]
PATIENCE_SECONDS = 60


async def service(name: str) -> tuple[web.AppRunner, int]:
    """A service that answers any path with its name; at ?slow, ?cut and ?early it does what these say."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if "slow" in request.query:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            await response.write(b"first\n")
            await asyncio.sleep(3600)
            return response
        if "cut" in request.query:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(b"a,b\r\n" * 1000)
            await asyncio.sleep(0.1)
            assert request.transport is not None
            request.transport.abort()
            return response
        if "early" in request.query:
            return web.json_response({"first": len(await request.content.readany())})
        seen = {"service": name, "path": request.path_qs, "host": request.host, "bytes": 0}
        seen["bytes"] = len(await request.read())
        seen["forwarded"] = request.headers.get("X-Forwarded-For", "")
        return web.json_response(seen)

    app = web.Application(client_max_size=32 << 20)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, port


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, web.AppRunner]]]:
    """The gateway's origin, and the services behind it, which a test may stop."""
    runners: dict[str, web.AppRunner] = {}
    addresses: dict[str, str] = {}
    for name in ("ingest", "registry", "notifier"):
        runners[name], port = await service(name)
        addresses[f"GATEWAY_{name.upper()}"] = f"server 127.0.0.1:{port};"
    listen = f"127.0.0.1:{free_port()}"
    configuration = lay_out(tmp_path, GATEWAY_LISTEN=listen, **addresses)
    if os.geteuid() == 0:
        configuration.write_text("user root;\n" + configuration.read_text())
    supervisor = Supervisor()
    supervisor.keep(
        Program("gateway", command(tmp_path, configuration), {"PATH": os.defpath}, tmp_path, tmp_path / "log")
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    async with aiohttp.request("GET", f"http://{listen}/metrics"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        yield f"http://{listen}", runners
    finally:
        await supervisor.close()
        for runner in runners.values():
            await runner.cleanup()


async def test_each_path_goes_to_the_service_that_owns_it(
    gateway: tuple[str, dict[str, web.AppRunner]],
) -> None:
    """Exactly those of the contract to ingest and notifier, the rest to the registry; paths unchanged."""
    url, _ = gateway
    async with aiohttp.ClientSession() as http:
        for path, owner in ROUTES.items():
            async with http.get(url + path) as answer:
                seen = await answer.json()
            assert (path, seen["service"], seen["path"]) == (path, owner, path)
            assert seen["host"] == url.removeprefix("http://")
            assert seen["forwarded"] == "127.0.0.1"


async def test_a_stream_is_not_held_back(gateway: tuple[str, dict[str, web.AppRunner]]) -> None:
    """The first byte arrives while the answer goes on."""
    url, _ = gateway
    async with (
        aiohttp.ClientSession() as http,
        asyncio.timeout(PATIENCE_SECONDS),
        http.get(f"{url}/v1/stream?slow=1") as answer,
    ):
        assert await answer.content.readline() == b"first\n"


async def test_a_service_that_is_down_is_a_503_in_the_contracts_words(
    gateway: tuple[str, dict[str, web.AppRunner]],
) -> None:
    """The others go on, and a sender learns that the outcome is unknown."""
    url, runners = gateway
    await runners["ingest"].cleanup()
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{url}/v1/notices", data=b"{}") as answer:
            problem = await answer.json(content_type="application/problem+json")
            assert (answer.status, problem["status"], problem["code"]) == (503, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Content-Language"] == "pt-BR"
        async with http.post(f"{url}/v1/notices", headers={"Accept-Language": "en"}) as answer:
            assert (await answer.json(content_type=None))["title"] == "Service unavailable"
        async with http.get(f"{url}/v1/members") as answer:
            assert answer.status == 200


async def test_only_what_no_service_would_take_is_refused_here(
    gateway: tuple[str, dict[str, web.AppRunner]],
) -> None:
    """A document of 20 MiB passes where documents go; beyond every limit it is a problem, not a page."""
    url, _ = gateway
    async with aiohttp.ClientSession() as http:
        for path, mebibytes, taken in (
            ("/v1/documents/x", 20, True),
            ("/v1/documents/x", 25, False),
            ("/v1/imports", 20, True),
            ("/v1/notices", 4, True),
            ("/v1/notices", 6, False),
            ("/v1/members", 6, False),
            ("/v1/documents", 6, False),
        ):
            async with http.put(url + path, data=io.BytesIO(b"x" * (mebibytes << 20))) as answer:
                if taken:
                    assert (await answer.json())["bytes"] == mebibytes << 20, path
                else:
                    assert answer.status == 413, path
                    problem = await answer.json(content_type="application/problem+json")
                    assert problem["code"] == "too_large"


async def test_a_document_is_refused_before_it_is_all_there(
    gateway: tuple[str, dict[str, web.AppRunner]],
) -> None:
    """Whoever may not hand it in learns so at once, and it lies in no file on the way."""
    url, _ = gateway
    answered = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"%PDF-"
        await answered.wait()

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        aiohttp.ClientSession() as http,
        http.put(f"{url}/v1/documents/x?early=1", data=body()) as answer,
    ):
        assert await answer.json() == {"first": 5}
        answered.set()


async def test_a_list_as_a_file_goes_where_the_list_goes(
    gateway: tuple[str, dict[str, web.AppRunner]],
) -> None:
    """It may take longer; nothing else is different."""
    url, _ = gateway
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    async with aiohttp.ClientSession() as http:
        for query, accept in (("", "text/csv"), ("", sheet), ("&format=csv", "*/*"), ("&format=xlsx", "*/*")):
            path = f"/v1/agreements?country=PT{query}"
            async with http.get(url + path, headers={"Accept": accept}) as answer:
                seen = await answer.json()
            assert (seen["service"], seen["path"], seen["forwarded"]) == ("registry", path, "127.0.0.1")
            assert seen["host"] == url.removeprefix("http://")


async def test_a_file_that_was_cut_is_not_whole_behind_the_gateway(
    gateway: tuple[str, dict[str, web.AppRunner]],
) -> None:
    """Half a list must not pass for all of it."""
    url, _ = gateway
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{url}/v1/agreements?cut=1", headers={"Accept": "text/csv"}) as answer,
    ):
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v1/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_strangers_send_is_refused_by_a_problem(
    gateway: tuple[str, dict[str, web.AppRunner]], sent: bytes
) -> None:
    """Nothing that is no request of ours is an error of ours, and no refusal is a page of nginx."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway[0].rpartition(":")[2]))
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await reader.readuntil(b"}")
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()
    assert answer.split(b" ")[1] == b"400"
    assert b"Content-Type: application/problem+json" in answer
    assert b'"code":"malformed_request"' in answer
