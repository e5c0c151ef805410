"""Agreements fetched to be compared. Connection first."""

import asyncio
from collections.abc import Collection, Iterable
from typing import Final

from services.registry.finding import following, told
from services.registry.finding.dealing import Dealing, Row
from services.registry.queries import Connection

TURN_AGREEMENTS: Final = 20
"""After so many, whatever else the process does gets its turn."""
_ROWS: Final = "SELECT id, known_from, version, visibility, fold FROM agreement WHERE id = ANY($1)"


async def load(connection: Connection, agreements: Collection[str]) -> dict[str, Dealing]:
    """*agreements* by id, those that there are."""
    if not agreements:
        return {}
    return await of(connection, [Row(*row) for row in await connection.fetch(_ROWS, sorted(agreements))])


async def of(connection: Connection, rows: Iterable[Row]) -> dict[str, Dealing]:
    """What is compared of agreements, by id."""
    found = [(row, told.read(row.fold)) for row in rows]
    members = {member for _, known in found for member in (known.member, *known.sharing)}
    names = await following.names(connection, sorted(members))
    dealings: dict[str, Dealing] = {}
    for at, (row, known) in enumerate(found):
        if at % TURN_AGREEMENTS == 0:
            await asyncio.sleep(0)
        dealings[row.id] = Dealing.of(row, known, names)
    return dealings
