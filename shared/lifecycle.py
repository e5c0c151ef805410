"""A service is an aiohttp application and its parts: how they start, answer for their health, and end.

SIGTERM or SIGINT: readiness says "stopping", the listening socket closes, requests in hand are answered
(``STOPPING`` tells the long ones to hurry), then the parts are told to stop, the last added first: a
publisher that was added before the consumer that needs it outlives it.
"""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import structlog
from aiohttp import web

from shared import http, metrics

log = structlog.get_logger()

REQUESTS_DRAIN_SECONDS = 10.0
PARTS_DRAIN_SECONDS = 15.0
CANCEL_SECONDS = 2.0
KEEP_ALIVE_SECONDS = 30.0
SEND_BUFFER_BYTES = 64 * 1024
BACKLOG = 2048
HANDSHAKE_SECONDS = 10.0

_CONNECTION: dict[str, Any] = {
    "access_log": None,  # shared.http logs a sample: all of it costs a third of the throughput
    "auto_decompress": False,  # no door takes compressed bodies, so that none can be a bomb
    "keepalive_timeout": KEEP_ALIVE_SECONDS,
}

CLEAN, FAILED = 0, 1
"""Exit statuses; 2 is a bad setting."""


class Readiness(msgspec.Struct, frozen=True):
    """Whether a part can do its work now, and in one sentence why not."""

    ok: bool
    detail: str | None = None


READY = Readiness(ok=True)


class Part(Protocol):
    """Something that runs beside the requests: a consumer, a publisher, a follower."""

    @property
    def name(self) -> str:
        """``<service>.<noun>``, as ``/healthz/ready`` shows it."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop* is set, finish what is in hand, return. Raising or ending early is a failure."""

    def readiness(self) -> Readiness:
        """Answer at once, from what is known."""


PARTS: web.AppKey[list[Part]] = web.AppKey("parts", list)
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping", asyncio.Event)
Install = Callable[[web.Application, Any], None]


def build_app(environment: str) -> web.Application:
    """An application with what every service has: problems, headers, health, metrics, static files."""
    app = http.application(environment)
    app[PARTS] = []
    app[STOPPING] = asyncio.Event()
    app[http.MEASURES].append(lambda: _measure(app[PARTS]))
    app.router.add_get("/healthz/live", _live)
    app.router.add_get("/healthz/ready", _ready)
    return app


def _measure(parts: list[Part]) -> None:
    for part in parts:
        metrics.PART_READY.labels(part.name).set(part.readiness().ok)


async def _live(_request: web.Request) -> web.Response:
    return web.json_response({"status": "live"})


async def _ready(request: web.Request) -> web.Response:
    """200 when every part is ready, else 503; both list the parts."""
    parts = {part.name: part.readiness() for part in request.app[PARTS]}
    stopping = request.app[STOPPING].is_set()
    if stopping:
        parts["process"] = Readiness(ok=False, detail="stopping")
    ready = all(state.ok for state in parts.values())
    body = {"status": "ready" if ready else "not_ready", "parts": parts}
    return web.Response(
        body=msgspec.json.encode(body), status=200 if ready else 503, content_type="application/json"
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections hold at most 64 KiB for a reader that does not read."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


class _Running:
    """The running parts of one application. One that fails or ends early stops the program."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._tasks: list[tuple[asyncio.Task[None], asyncio.Event]] = []
        self.failed = False

    async def start(self, app: web.Application) -> None:
        """Run every part that the application has by now."""
        for part in app[PARTS]:
            stop = asyncio.Event()
            self._tasks.append((asyncio.create_task(self._run(part, stop), name=part.name), stop))

    async def drain(self, _app: web.Application) -> None:
        """Stop the parts one by one, the last added first; cancel whoever is left after 15 s in all."""
        try:
            async with asyncio.timeout(PARTS_DRAIN_SECONDS):
                for task, stop in reversed(self._tasks):
                    stop.set()
                    await asyncio.wait({task})
        except TimeoutError:
            self.failed = True
            left = [task for task, _ in self._tasks if not task.done()]
            log.error(  # noqa: TRY400 (no trace: it is only late)
                "drain_deadline_passed", seconds=PARTS_DRAIN_SECONDS, parts=[task.get_name() for task in left]
            )
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=CANCEL_SECONDS)

    async def _run(self, part: Part, stop: asyncio.Event) -> None:
        try:
            await part.run(stop)
        except Exception:  # whatever it is, the others must drain before the process ends
            log.exception("part_failed", part=part.name)
        else:
            if stop.is_set():
                return
            log.error("part_ended_early", part=part.name)
        self.failed = True
        self._app[STOPPING].set()


async def serve(app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
    """Serve until a signal comes, ``STOPPING`` is set or a part fails; return the exit status."""
    try:
        listening = listen(host, port)
    except OSError as error:
        log.error("cannot_listen", host=host, port=port, why=str(error))  # noqa: TRY400 (the sentence is enough)
        return FAILED
    return await serve_on(app, listening, tls)


async def serve_on(app: web.Application, listening: socket.socket, tls: ssl.SSLContext | None = None) -> int:
    """The same on a socket that listens already; in clear without *tls*."""
    stopping = app[STOPPING]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    running = _Running(app)
    app.on_startup.append(running.start)
    app.on_cleanup.insert(0, running.drain)  # before anything that the parts use is closed
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=REQUESTS_DRAIN_SECONDS)
    server: asyncio.Server | None = None
    try:
        await runner.setup()
        server = await loop.create_server(
            lambda: _connection(runner),
            sock=listening,
            backlog=BACKLOG,
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else HANDSHAKE_SECONDS,
        )
        host, port = listening.getsockname()[:2]
        log.info("listening", host=host, port=port, pid=os.getpid())
        await stopping.wait()
        log.info("stopping")
    finally:
        if server is not None:
            server.close()
        await runner.cleanup()
        listening.close()
    log.info("stopped")
    return FAILED if running.failed else CLEAN


def _connection(runner: web.AppRunner) -> http.Connection:
    if runner.server is None:
        raise ConnectionError("the program is ending")
    return http.Connection(runner.server, loop=asyncio.get_running_loop(), **_CONNECTION)
