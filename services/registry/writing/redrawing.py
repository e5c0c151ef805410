"""Judging agreements anew without a new notice: what the rules asked of them has changed."""

from collections.abc import Sequence
from typing import Final

import msgspec

from services.registry.folding import fold
from services.registry.folding.agreement import Contradiction
from services.registry.folding.rules import Rules
from services.registry.writing import reviewing, store
from services.registry.writing.store import Connection
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
    await store.change_reviews(connection, opened, closed)
