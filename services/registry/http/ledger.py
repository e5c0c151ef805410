"""`GET /v1/ledger/{member}`: the head of a chain, and the chain recomputed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of
from services.registry.http.parameters import NO_SUCH_MEMBER
from services.registry.shapes import LedgerView, VerificationView
from services.registry.writing import verification
from shared.notices.canonical import base64url
from shared.notices.places import is_member_id
from shared.problems import NotFound, Unavailable

VERIFYING: web.AppKey[asyncio.Semaphore] = web.AppKey("verifying", asyncio.Semaphore)
AT_ONCE: Final = 2
_TURN_SECONDS: Final = 10.0
_VERIFYING_SECONDS: Final = 300.0


async def get_ledger(request: web.Request) -> LedgerView:
    """How long the chain is, and the digest of its last entry."""
    member_id = _member_id(request)
    async with connection_of(request) as connection:
        row = await queries.chain(connection, member_id)
    if row is None:
        raise NotFound(NO_SUCH_MEMBER)
    return LedgerView(member_id, row.length, _shown(row.head))


async def verify_ledger(request: web.Request) -> VerificationView:
    """The chain recomputed, a bounded number of entries in memory at a time."""
    return await verified(request, _member_id(request))


async def verified(request: web.Request, member_id: str) -> VerificationView:
    """The chain of the member *member_id*, when it is this request's turn. Raises NotFound, Unavailable."""
    async with _turn(request), connection_of(request, seconds=_VERIFYING_SECONDS) as connection:
        if await queries.chain(connection, member_id) is None:
            raise NotFound(NO_SUCH_MEMBER)
        found = await verification.verify(connection, member_id)
    return VerificationView(
        member=member_id,
        length=found.head.length,
        head=_shown(found.head.digest),
        erased=found.erased,
        intact=found.intact,
        broken_at=found.broken_at,
    )


@asynccontextmanager
async def _turn(request: web.Request) -> AsyncIterator[None]:
    """Recomputing is open to anyone and costs more than any other read: few at a time."""
    turns = request.app[VERIFYING]
    try:
        async with asyncio.timeout(_TURN_SECONDS):
            await turns.acquire()
    except TimeoutError:
        raise Unavailable from None
    try:
        yield
    finally:
        turns.release()


def _member_id(request: web.Request) -> str:
    member_id = request.match_info["member"]
    if not is_member_id(member_id):
        raise NotFound(NO_SUCH_MEMBER)
    return member_id


def _shown(digest: bytes | None) -> str | None:
    return None if digest is None else base64url(digest)
