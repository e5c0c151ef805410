"""What every answer of the registry has in common: JSON, the asker, the database, and no cache between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.negotiation import chosen
from services.registry.http.paging import Paging
from services.registry.shapes import Page, RemarkView
from shared import accounts
from shared.accounts import Caller
from shared.database import Database
from shared.notices.dates import day_of
from shared.notices.feed import Scope
from shared.notices.sentences import Language, Sentence
from shared.problems import NotAcceptable

DATABASE: web.AppKey[Database] = web.AppKey("registry_reads", Database)
PUBLIC_URL: web.AppKey[str] = web.AppKey("registry_public_url", str)
PATIENCE_SECONDS: Final = 3.0
READ_SECONDS: Final = 5.0
"""Patience for a connection, and for what is read over it; then the asker hears that the database is away."""

JSON: Final = "application/json"
PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Vary": "Accept, Accept-Language, Authorization, Cookie",
}

Answer = Callable[[web.Request], Awaitable[Any]]
ListAnswer = Callable[[web.Request, Paging], Awaitable[Page]]
_encoder = msgspec.json.Encoder()


def answered(
    handler: Answer, *, offered: Sequence[str] = (JSON,)
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler that answers with the JSON of what *handler* returns, for the asker alone."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.Response:
        media_type = media_type_of(request, offered)
        return json_answer(await handler(request), media_type=media_type)

    return answer


def media_type_of(request: web.Request, offered: Sequence[str]) -> str:
    """Which of the *offered* media types the asker takes; raises NotAcceptable (406) when none."""
    accept = ",".join(request.headers.getall("Accept", ())) or None
    media_type = chosen(accept, offered)
    if media_type is None:
        raise NotAcceptable(extra={"allowed": list(offered)})
    return media_type


def json_answer(body: Any, *, media_type: str = JSON, status: int = 200) -> web.Response:
    """*body* as JSON, for the asker alone."""
    return web.Response(body=_encoder.encode(body), status=status, content_type=media_type, headers=PRIVATE)


@asynccontextmanager
async def connection_of(
    request: web.Request, *, seconds: float = READ_SECONDS
) -> AsyncIterator[queries.Connection]:
    """A connection for the reads of one request, which take *seconds* at most; else DatabaseUnavailable."""
    async with request.app[DATABASE].connection(PATIENCE_SECONDS) as connection, asyncio.timeout(seconds):
        yield connection


@asynccontextmanager
async def snapshot_of(
    request: web.Request, *, seconds: float = READ_SECONDS
) -> AsyncIterator[queries.Connection]:
    """A connection as `connection_of` gives it, for reads that all see the registry at one instant."""
    async with (
        connection_of(request, seconds=seconds) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


async def caller_of(request: web.Request) -> Caller:
    """Who asks; without a key or a session: anybody."""
    return await accounts.caller_of(request)


async def scope_of(request: web.Request) -> Scope:
    """What the asker may see, in the words of the feed."""
    return accounts.scope_of(await caller_of(request))


async def reach_of(request: web.Request) -> queries.Reach:
    """What the asker may see, in the words of the queries."""
    return reach(await scope_of(request))


def reach(scope: Scope) -> queries.Reach:
    """The scope, as the queries take it."""
    match scope.kind:
        case "everything":
            return queries.Reach(None)
        case "network":
            return queries.Reach(("public", "network"))
        case "member":
            return queries.Reach(("public", "network"), own=scope.member)
        case _:
            return queries.Reach(("public",))


class StoredRemark(msgspec.Struct, frozen=True):
    """A remark as it is stored."""

    code: str
    detail: Sentence

    def shown(self, language: Language) -> RemarkView:
        """The remark in the asker's *language*."""
        return RemarkView(self.code, self.detail.in_language(language))


read_remarks = msgspec.json.Decoder(list[StoredRemark]).decode


def now() -> datetime:
    """The instant of the answer, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The business day of the answer."""
    return day_of(now())
