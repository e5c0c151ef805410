"""What every HTTP door has in common: problems, headers, bounded bodies, a sampled log, metrics."""

import asyncio
import gzip
import hashlib
import random
from collections.abc import Awaitable, Callable
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import metrics
from shared.notices.sentences import Sentence
from shared.problems import NotFound, Problem, RequestTimeout, TooLarge, language_of, problem_middleware
from shared.tracing import trace_of

log = structlog.get_logger()

BODY_SECONDS = 10.0
LOGGED_SHARE = 0.01
SLOW_SECONDS = 1.0
STATIC = Path(__file__).parent / "web" / "static"
_TRACE_ID: web.RequestKey[str] = web.RequestKey("trace_id", str)
ENVIRONMENT: web.AppKey[str] = web.AppKey("environment", str)
MEASURES: web.AppKey[list[Callable[[], None]]] = web.AppKey("measures", list)
"""Asked before each scrape: what is known only when asked for."""

_SECURITY_HEADERS = {
    "Server": "malha",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(environment: str) -> web.Application:
    """An aiohttp application with the common middlewares, headers, ``/metrics`` and ``/static``."""
    app = web.Application(middlewares=[_observe, problem_middleware])
    app[ENVIRONMENT] = environment
    app[MEASURES] = []
    app.on_response_prepare.append(_secure)
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/static/{path:.+}", _static)
    return app


class MalformedRequest(Problem):
    """What came is not HTTP as anybody defines it."""

    status = 400
    code = "malformed_request"
    title = Sentence("Requisição malformada", "Malformed request")
    default_detail = Sentence(
        "Isto não pôde ser lido como uma requisição HTTP.", "This could not be read as an HTTP request."
    )


class Connection(web.RequestHandler):
    """One client's connection. What the library refuses by itself is answered as a problem, too."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 (holds what came: not for repeating)
    ) -> web.StreamResponse:
        """Answer what the parser refused, or what failed outside all middlewares; then close."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        if status == MalformedRequest.status:
            log.debug("request_malformed", why=type(exc).__name__)
            response = MalformedRequest().response("pt")  # no header could be read
        else:
            log.error("request_failed", exc_info=exc)
            response = Problem().response(language_of(request))
        response.headers.update(_SECURITY_HEADERS)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send *resp*; an error of the library's router (an unknown Expect) becomes a problem first."""
        if isinstance(resp, web.HTTPException) and isinstance(request, web.Request):
            resp = await problem_middleware(request, _raising(resp))
        return await super().finish_response(request, resp, start_time)


def _raising(answer: web.HTTPException) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        raise answer

    return handler


async def read_body(request: web.Request, limit_bytes: int, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body; raises TooLarge (413) past *limit_bytes*, RequestTimeout (408) when it drips."""
    if (request.content_length or 0) > limit_bytes:
        raise TooLarge
    content = request.content
    if content.is_eof():  # nearly always: it came with the headers
        body = content.read_nowait()
        if len(body) > limit_bytes:
            raise TooLarge
        return body
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
    return b"".join(chunks)


def trace_id_of(request: web.Request) -> str:
    """The id by which the logs follow *request* and what comes of it: the sender's, else one of ours."""
    trace_id = request.get(_TRACE_ID)
    if trace_id is None:
        trace_id = request[_TRACE_ID] = trace_of(request.headers.getall("traceparent", ()))
    return trace_id


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
            trace_id=trace_id_of(request),
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
    told = response.headers
    for name, value in _SECURITY_HEADERS.items():
        if name not in told or name == hdrs.SERVER:
            told[name] = value


class _Static(NamedTuple):
    """A static file as it is served."""

    content_type: str
    body: bytes
    gzipped: bytes
    etag: str


@cache
def _static_files() -> dict[str, _Static]:
    """Every file that may be served, by its path: what is not here is not asked of the file system."""
    return {
        str(file.relative_to(STATIC)): _Static(
            content_type=guess_type(file.name)[0] or "application/octet-stream",
            body=(body := file.read_bytes()),
            gzipped=gzip.compress(body, mtime=0),
            etag=hashlib.sha256(body).hexdigest()[:16],
        )
        for file in STATIC.rglob("*")
        if file.is_file()
    }


async def _static(request: web.Request) -> web.Response:
    file = _static_files().get(request.match_info["path"])
    if file is None:
        raise NotFound
    headers = {hdrs.CACHE_CONTROL: "no-cache", hdrs.ETAG: f'"{file.etag}"', hdrs.VARY: "Accept-Encoding"}
    if any(etag.value == file.etag for etag in request.if_none_match or ()):
        return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
    headers[hdrs.CONTENT_TYPE] = file.content_type
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        return web.Response(body=file.gzipped, headers={**headers, hdrs.CONTENT_ENCODING: "gzip"})
    return web.Response(body=file.body, headers=headers)


async def _metrics(request: web.Request) -> web.Response:
    for measure in request.app[MEASURES]:
        measure()
    return web.Response(body=generate_latest(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})
