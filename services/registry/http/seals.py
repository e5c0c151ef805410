"""`GET /v1/ledger`: where every chain stands, or stood, and the one digest over all of it."""

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of
from services.registry.http.parameters import Parameters
from services.registry.shapes import LedgerView, SealView
from services.registry.watch import seals
from shared.notices.canonical import base64url


async def get_heads(request: web.Request) -> SealView:
    """The heads as of `position`, without it as of now; whoever adds them up again gets the digest."""
    asked = Parameters(request.query, ("position",))
    async with connection_of(request) as connection:
        head = await queries.head(connection)
        position = asked.number("position", usual=head, least=0, most=head)
        heads = await seals.heads_at(connection, position)
    return SealView(
        position=position,
        chains=len(heads),
        digest=seals.digest_of(position, heads),
        items=[LedgerView(chain.member, chain.length, base64url(chain.head)) for chain in heads],
    )
