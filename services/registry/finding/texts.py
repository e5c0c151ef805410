"""The text of agreements, written where it is searched. Connection first; nothing here commits."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from services.registry.finding import following, told
from services.registry.finding.following import Changed
from services.registry.finding.searchable import FIELDS, Searchable
from services.registry.finding.told import Told
from services.registry.queries import Connection

VERSION: Final = 1
"""Raise it when what is derived changes: everything is then derived anew."""

TURN_AGREEMENTS: Final = 20
"""After so many, whatever else the process does gets its turn."""
SAMPLED: Final = 16
"""One batch in so many counts the uses of words, each for so many."""

_WRITE: Final = Path(__file__).with_name("index.sql").read_text(encoding="utf-8")
_UNCHANGED = """
UPDATE indexed SET version = n.version
FROM unnest($1::text[], $2::bigint[]) AS n (agreement, version) WHERE indexed.agreement = n.agreement
"""
# Whether another agreement of this visibility has the word: one of the newest, where it is common; else
# one of those with its term. Where these are many and few of them use the word, it may seem that none does.
_LEAVE: Final = """
WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[]) AS g (word, visibility)
), gone AS MATERIALIZED (
    SELECT given.word, bool_or(given.visibility = 'public') AS public,
        bool_or(given.visibility = 'network') AS network,
        bool_or(given.visibility = 'restricted') AS restricted
    FROM given JOIN word ON word.word = given.word
    WHERE NOT EXISTS (
            SELECT FROM (SELECT agreement FROM search ORDER BY known_from DESC LIMIT 100) AS s
            JOIN indexed i ON i.agreement = s.agreement
            WHERE i.visibility = given.visibility AND i.vocabulary @> ARRAY[given.word])
        AND NOT EXISTS (
            SELECT FROM (
                SELECT agreement FROM search WHERE words @@ quote_literal(word.term)::tsquery LIMIT 2000) AS s
            JOIN indexed i ON i.agreement = s.agreement
            WHERE i.visibility = given.visibility AND i.vocabulary @> ARRAY[given.word])
    GROUP BY given.word
)
UPDATE word SET public = word.public AND NOT gone.public, network = word.network AND NOT gone.network,
    restricted = word.restricted AND NOT gone.restricted
FROM gone WHERE word.word = gone.word
"""
_GONE = "DELETE FROM word WHERE word = ANY($1) AND NOT (public OR network OR restricted)"


async def write(connection: Connection, changes: Sequence[Changed], generation: int, key: bytes) -> None:
    """Write the text of agreements that changed; *key* is the one of hashes."""
    unchanged: list[tuple[str, int]] = []
    changed: list[tuple[Changed, Told, bytes]] = []
    for at, change in enumerate(changes):
        if at % TURN_AGREEMENTS == 0:
            await asyncio.sleep(0)
        known = told.read(change.fold)
        digest = known.digest(FIELDS, key)
        if (digest, change.visibility, generation) == (change.was, change.was_visible, change.was_of):
            unchanged.append((change.agreement, change.version))
        else:
            changed.append((change, known, digest))
    if unchanged:
        await connection.execute(_UNCHANGED, *zip(*unchanged, strict=True))
    if changed:
        members = {member for _, known, _ in changed for member in (known.member, *known.sharing)}
        names = await following.names(connection, sorted(members))
        rows: list[tuple[Any, ...]] = []
        for at, (change, known, digest) in enumerate(changed):
            if at % TURN_AGREEMENTS == 0:
                await asyncio.sleep(0)
            row = (change.agreement, change.known_from, change.version, change.visibility, digest)
            rows.append((*row, *Searchable.of(known, names)))
        counted = SAMPLED if random.randrange(SAMPLED) == 0 else 0  # noqa: S311 - a sample
        left = await connection.fetch(_WRITE, generation, counted, *zip(*rows, strict=True))
        await _leave(connection, [(row["word"], row["visibility"]) for row in left])


async def _leave(connection: Connection, words: Sequence[tuple[str, str]]) -> None:
    """Take out of the vocabulary what no agreement of a visibility says any more."""
    if words:
        await connection.execute(_LEAVE, *zip(*words, strict=True))
        await connection.execute(_GONE, [word for word, _ in words])


_FORGET: Final = """
WITH gone AS (
    DELETE FROM indexed WHERE agreement = $1 RETURNING known_from, visibility, vocabulary
), searches AS (
    DELETE FROM search USING gone WHERE search.known_from = gone.known_from
)
SELECT unnest(vocabulary) AS word, visibility FROM gone
"""


async def forget(connection: Connection, agreement: str) -> None:
    """Leave no word of *agreement*, and none that only it used."""
    rows = await connection.fetch(_FORGET, agreement)
    await _leave(connection, [(row["word"], row["visibility"]) for row in rows])
