"""What agreements have in common with others: duplicates, texts. Connection first; nothing here commits."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from services.registry.finding import dealings, duplicates, same_text, told
from services.registry.finding.dealing import FIELDS, Dealing, Row
from services.registry.finding.following import Changed
from services.registry.finding.same_text import Move, Place
from services.registry.queries import Connection
from services.registry.queries.of_reviews import FEWEST_FOR_REVIEW
from shared.notices.sentences import Sentence

VERSION: Final = 1
"""Raise it when what is derived changes: everything is then derived anew."""

SAME_TEXT: Final = Sentence(
    pt="O objeto deste acordo é quase igual ao de pelo menos outros quatro. Pode ser um modelo, e não há "
    "nada de errado nisso; se o texto não diz do que este acordo trata, corrija o objeto com corrected.",
    en="The object of this agreement is nearly the same as that of at least four others. It may be a "
    "template, and there is nothing wrong with that; if the text does not say what this agreement is about, "
    "correct the object with corrected.",
)

_UNCHANGED = """
UPDATE compared SET version = n.version, visibility = n.visibility
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS n (agreement, version, visibility)
WHERE compared.agreement = n.agreement
"""
_PLACES = "SELECT agreement, text_group FROM compared WHERE agreement = ANY($1) AND text_group IS NOT NULL"
_WRITE: Final = """
INSERT INTO compared (agreement, known_from, version, visibility, digest, text_group, share, generation)
SELECT *, $1 FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[], $7::bigint[],
    $8::smallint[])
ON CONFLICT (agreement) DO UPDATE SET version = excluded.version, visibility = excluded.visibility,
    digest = excluded.digest, text_group = excluded.text_group, share = excluded.share,
    generation = excluded.generation
"""


async def write(connection: Connection, changes: Sequence[Changed], generation: int, key: bytes) -> None:
    """Compare agreements that changed; *key* is the one of hashes."""
    digests: dict[str, bytes] = {}
    unchanged: list[Changed] = []
    rows: list[Row] = []
    for change in changes:
        digest = digests[change.agreement] = told.read(change.fold).digest(FIELDS, key)
        if (digest, generation) == (change.was, change.was_of):
            unchanged.append(change)
        else:
            rows.append(
                Row(change.agreement, change.known_from, change.version, change.visibility, change.fold)
            )
    await _keep(connection, unchanged)
    if not rows:
        return
    changed = await dealings.of(connection, rows)
    touched = await _groups(connection, changed)
    await same_text.leave(connection, changed, key)
    places = await same_text.join(connection, list(changed.values()), key)
    await _write(connection, generation, changed, digests, places)
    touched |= {place.text_group for place in places.values() if place.text_group is not None}
    await _review_texts(connection, touched, changed)
    await duplicates.review(connection, changed)


async def _keep(connection: Connection, unchanged: Sequence[Changed]) -> None:
    if not unchanged:
        return
    rows = [(change.agreement, change.version, change.visibility) for change in unchanged]
    await connection.execute(_UNCHANGED, *zip(*rows, strict=True))
    seen = {change.agreement: change for change in unchanged if change.was_visible != change.visibility}
    if seen:
        placed = await connection.fetch(_PLACES, sorted(seen))
        await same_text.move(
            connection,
            [Move(group, seen[name].was_visible or "", seen[name].visibility) for name, group in placed],
        )


async def _groups(connection: Connection, agreements: Collection[str]) -> set[int]:
    return {row["text_group"] for row in await connection.fetch(_PLACES, sorted(agreements))}


async def _write(
    connection: Connection,
    generation: int,
    changed: Mapping[str, Dealing],
    digests: Mapping[str, bytes],
    places: Mapping[str, Place],
) -> None:
    rows: list[tuple[Any, ...]] = [
        (name, dealing.known_from, dealing.version, dealing.visibility, digests[name], *places[name])
        for name, dealing in changed.items()
    ]
    await connection.execute(_WRITE, generation, *zip(*rows, strict=True))


# One for each text, about the agreement that is its pattern: the others are named where they are listed.
_OPEN: Final = """
INSERT INTO review (agreement, member, kind, code, detail, opened_by, opened_at)
SELECT g.pattern, a.member, 'same_text', 'same_text', $2::jsonb, a.version, now()
FROM text_group g JOIN agreement a ON a.id = g.pattern
WHERE g.id = ANY($1) AND g.public + g.network + g.restricted >= $3
  AND NOT EXISTS (SELECT FROM review r WHERE r.agreement = g.pattern AND r.code = 'same_text'
                  AND (r.closed_at IS NULL OR r.closed_by = 'coordination'))
ON CONFLICT (agreement, code, protocol, other) DO UPDATE
SET closed_at = NULL, closed_by = NULL, closing = NULL
"""
_CLOSE: Final = """
UPDATE review SET closed_at = now(), closed_by = 'notice', closing = a.version
FROM agreement a
WHERE review.code = 'same_text' AND review.closed_at IS NULL AND a.id = review.agreement
  AND review.agreement = ANY($2::text[] || ARRAY(SELECT pattern FROM text_group WHERE id = ANY($1)))
  AND NOT EXISTS (SELECT FROM compared c JOIN text_group g ON g.id = c.text_group
                  WHERE c.agreement = review.agreement AND g.pattern = review.agreement
                    AND g.public + g.network + g.restricted >= $3)
"""


async def _review_texts(connection: Connection, groups: set[int], agreements: Collection[str]) -> None:
    detail = msgspec.json.encode(SAME_TEXT).decode()
    await connection.execute(_OPEN, sorted(groups), detail, FEWEST_FOR_REVIEW)
    await connection.execute(_CLOSE, sorted(groups), sorted(agreements), FEWEST_FOR_REVIEW)


async def forget(connection: Connection, agreement: str) -> None:
    """Leave nothing of the text and the partners of *agreement*."""
    key: bytes = await connection.fetchval("SELECT key FROM hash_key")
    await same_text.leave(connection, [agreement], key)
    await duplicates.forget(connection, [agreement])
    await connection.execute("DELETE FROM compared WHERE agreement = $1", agreement)
