"""Judging agreements anew without a new notice: what the rules asked of them has changed."""

from collections.abc import Sequence
from typing import Final

import msgspec

from services.registry.folding import fold
from services.registry.folding.agreement import Contradiction
from services.registry.folding.rules import Rules
from services.registry.queries import Connection
from services.registry.writing import reviewing, store
from shared.notices.sentences import Sentence

_read_sentence = msgspec.json.Decoder(Sentence).decode

_AGREEMENTS: Final = "SELECT id, fold FROM agreement WHERE id = ANY($1)"
_HEAD: Final = "SELECT position FROM head"
_OPEN: Final = """
SELECT agreement, code, detail, protocol FROM review
WHERE agreement = ANY($1) AND kind IN ('contradiction', 'gate') AND other = '' AND closed_at IS NULL
ORDER BY id
"""


async def redraw(connection: Connection, agreements: Sequence[str], rules: Rules) -> None:
    """Put the review list of *agreements* right by *rules*, in a transaction under the head's lock.

    Segments, facets and counts follow from notices alone, and stay.
    """
    position: int = await connection.fetchval(_HEAD)
    before: dict[str, list[Contradiction]] = {}
    for agreement, code, detail, protocol in await connection.fetch(_OPEN, agreements):
        found = Contradiction(code, _read_sentence(detail), protocol)
        before.setdefault(agreement, []).append(found)
    opened: list[store.ReviewRow] = []
    closed: list[tuple[str, str, str]] = []
    for agreement, folded in await connection.fetch(_AGREEMENTS, agreements):
        now = fold.agreement(fold.decode(folded), rules)
        appeared, resolved = reviewing.changes(before.get(agreement, ()), now)
        opened += [reviewing.review(now, found, position) for found in appeared]
        closed += [(agreement, *key) for key in resolved]
    await _change_reviews(connection, opened, closed)


_CHANGE_REVIEWS = """
WITH opened AS (
    INSERT INTO review (agreement, member, kind, code, protocol, detail, opened_by, opened_at)
    SELECT *, now() FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[],
        $7::bigint[])
    ON CONFLICT (agreement, code, protocol, other) DO UPDATE SET detail = excluded.detail, closed_at = NULL,
        closed_by = NULL, closing = NULL
        WHERE review.closed_by IS DISTINCT FROM 'coordination'
)
UPDATE review SET closed_at = now(), closed_by = 'rules', closing = NULL -- by no notice
FROM unnest($8::text[], $9::text[], $10::text[]) AS c (agreement, code, protocol)
WHERE review.agreement = c.agreement AND review.code = c.code AND review.protocol = c.protocol
  AND review.other = '' AND review.closed_at IS NULL
"""


async def _change_reviews(
    connection: Connection, opened: Sequence[store.ReviewRow], closed: Sequence[tuple[str, str, str]]
) -> None:
    """Open and close (agreement, code, protocol) where the rules have changed and no notice has come."""
    await connection.execute(_CHANGE_REVIEWS, *store.columns(7, opened), *store.columns(3, closed))
