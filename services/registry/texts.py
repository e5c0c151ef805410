"""The text of agreements, written where it is searched. Connection first; nothing here commits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from services.registry import fold, following
from services.registry.following import Changed
from services.registry.queries import Connection
from services.registry.searchable import Searchable

VERSION: Final = 1
"""Raise it when what is derived changes: everything is then derived anew."""

_WRITE: Final = Path(__file__).with_name("index.sql").read_text(encoding="utf-8")
_UNCHANGED = """
UPDATE indexed SET version = n.version
FROM unnest($1::text[], $2::bigint[]) AS n (agreement, version) WHERE indexed.agreement = n.agreement
"""
_GONE = "DELETE FROM word WHERE word = ANY($1) AND public = 0 AND network = 0 AND restricted = 0"


async def write(connection: Connection, changes: Sequence[Changed], generation: int, key: bytes) -> None:
    """Write the text of agreements that changed; *key* is the one of hashes."""
    folds = [fold.decode(change.fold) for change in changes]
    members = {found.member for found in folds} | {
        shares for found in folds for shares in Searchable.sharing(found)
    }
    names = await following.names(connection, sorted(members))
    rows: list[tuple[Any, ...]] = []
    unchanged: list[tuple[str, int]] = []
    for change, found in zip(changes, folds, strict=True):
        text = Searchable.of(found, names)
        digest = text.digest(key)
        if (digest, change.visibility, generation) == (change.was, change.was_visible, change.was_of):
            unchanged.append((change.agreement, change.version))
        else:
            rows.append(
                (change.agreement, change.known_from, change.version, change.visibility, digest, *text)
            )
    if unchanged:
        await connection.execute(_UNCHANGED, *zip(*unchanged, strict=True))
    if rows:
        fewer = await connection.fetchval(_WRITE, generation, *zip(*rows, strict=True))
        if fewer:
            await connection.execute(_GONE, fewer)


# The words that the agreement alone used go with it.
_FORGET: Final = """
WITH gone AS (
    DELETE FROM indexed WHERE agreement = $1 RETURNING known_from, visibility, vocabulary
), searches AS (
    DELETE FROM search USING gone WHERE search.known_from = gone.known_from
)
UPDATE word SET public = public - (gone.visibility = 'public')::int,
    network = network - (gone.visibility = 'network')::int,
    restricted = restricted - (gone.visibility = 'restricted')::int
FROM gone WHERE word.word = ANY(gone.vocabulary)
RETURNING word.word
"""


async def forget(connection: Connection, agreement: str) -> None:
    """Leave no word of *agreement*, and none that only it used."""
    fewer = [row["word"] for row in await connection.fetch(_FORGET, agreement)]
    await connection.execute(_GONE, fewer)
