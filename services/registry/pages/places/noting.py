"""Reads of restricted agreements are noted, those in a list too."""

from collections.abc import Iterable

from aiohttp import web

from services.registry.http.answers import connection_of
from services.registry.network import audit
from services.registry.pages.places.lines import Line
from shared.accounts import Caller


async def note_restricted(request: web.Request, caller: Caller, read: Iterable[Line]) -> None:
    """Note which of the agreements that are *read* on this page are restricted."""
    restricted = sorted({line.id for line in read if line.visibility == "restricted"})
    if restricted:
        async with connection_of(request) as connection:
            await audit.note(connection, caller, "read", request.path, " ".join(restricted))
