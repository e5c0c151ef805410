"""What every HTTP door has in common: problems, headers, bounded bodies, a sampled log, metrics."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import metrics
from shared.problems import RequestTimeout, TooLarge, problem_middleware

log = structlog.get_logger()

BODY_SECONDS = 10.0
LOGGED_SHARE = 0.01
SLOW_SECONDS = 1.0
STATIC = Path(__file__).parent / "web" / "static"
ENVIRONMENT: web.AppKey[str] = web.AppKey("environment", str)

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(environment: str) -> web.Application:
    """An aiohttp application with the common middlewares, headers, ``/metrics`` and ``/static``."""
    app = web.Application(middlewares=[_observe, problem_middleware])
    app[ENVIRONMENT] = environment
    app.on_response_prepare.append(_secure)
    app.router.add_get("/metrics", _metrics)
    if STATIC.is_dir():
        app.router.add_static("/static", STATIC)
    return app


async def read_body(request: web.Request, limit_bytes: int, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body; raises TooLarge (413) past *limit_bytes*, RequestTimeout (408) when it drips."""
    if (request.content_length or 0) > limit_bytes:
        raise TooLarge
    content = request.content
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while not content.at_eof():
                chunk = await content.readany()
                size += len(chunk)
                if size > limit_bytes:
                    raise TooLarge
                chunks.append(chunk)
    except TimeoutError:
        raise RequestTimeout from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


@web.middleware
async def _observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time each answer; log one in a hundred, and each one that is slow or an error of ours."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    response = await handler(request)
    seconds = loop.time() - began
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    _requests(route, response.status).observe(seconds)
    streamed = not isinstance(response, web.Response)
    if response.status >= 500 or (seconds > SLOW_SECONDS and not streamed) or random.random() < LOGGED_SHARE:  # noqa: PLR2004, S311
        log.info(
            "http_answered",
            method=request.method,
            route=route,
            status=response.status,
            duration_ms=round(seconds * 1000, 1),
        )
    return response


_children: dict[tuple[str, int], Any] = {}


def _requests(route: str, status: int) -> Any:
    """The histogram of one route and status; looking up labels costs more than observing."""
    child = _children.get((route, status))
    if child is None:
        child = _children[route, status] = metrics.HTTP_REQUESTS.labels(route, str(status))
    return child


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers[hdrs.SERVER] = "malha"
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})
