"""Agreements fetched to be compared. Connection first."""

from collections.abc import Collection, Iterable
from typing import Final

from services.registry.finding import following
from services.registry.finding.dealing import Dealing, Row, sharing
from services.registry.folding.fold import decode
from services.registry.queries import Connection

_ROWS: Final = "SELECT id, known_from, version, visibility, fold FROM agreement WHERE id = ANY($1)"


async def load(connection: Connection, agreements: Collection[str]) -> dict[str, Dealing]:
    """*agreements* by id, those that there are."""
    if not agreements:
        return {}
    return await of(connection, [Row(*row) for row in await connection.fetch(_ROWS, sorted(agreements))])


async def of(connection: Connection, rows: Iterable[Row]) -> dict[str, Dealing]:
    """What is compared of agreements, by id."""
    folds = [(row, decode(row.fold)) for row in rows]
    members = {member for _, fold in folds for member in (fold.member, *sharing(fold))}
    names = await following.names(connection, sorted(members))
    return {row.id: Dealing.of(row, fold, names) for row, fold in folds}
