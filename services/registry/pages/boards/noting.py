"""What is restricted and was shown to somebody is noted, with who that was."""

from collections.abc import Iterable

from aiohttp import web

from services.registry import queries
from services.registry.network import audit
from services.registry.queries import of_boards
from shared.accounts import Caller


async def note_reading(
    request: web.Request, connection: queries.Connection, caller: Caller, shown: Iterable[str]
) -> None:
    """Note the restricted ones among the agreements *shown* as read by the caller, by this address."""
    restricted = await of_boards.restricted(connection, sorted(set(shown)))
    if restricted:
        await audit.note(connection, caller, "read", request.path, " ".join(restricted))
