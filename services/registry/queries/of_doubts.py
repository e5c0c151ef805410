"""Reads of the boards: what does not fit and is still open. For those who see everything."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from services.registry.queries.of_reviews import ReviewRow
from services.registry.queries.reach import Connection


class Doubtful(msgspec.Struct, frozen=True):
    """Which open entries are wanted; None: any."""

    kinds: Sequence[str]
    code: str | None = None
    member: str | None = None
    mesoregion: str | None = None


class DoubtfulRow(msgspec.Struct, frozen=True):
    """An open entry with the folds of its agreement and, if it names one, of the other; both are JSON."""

    review: ReviewRow
    fold: str
    other_subject: str | None
    other_fold: str | None


_WANTED: Final = """
r.closed_at IS NULL AND r.kind = ANY($1::text[]) AND ($2::text IS NULL OR r.code = $2)
  AND ($3::text IS NULL OR r.member = $3) AND ($4::text IS NULL OR m.mesoregion = $4)
"""
_DOUBTFUL: Final = f"""
SELECT r.id, r.agreement, r.member, a.subject, r.kind, r.code, r.protocol, r.other, r.detail::text,
    r.opened_at, r.closed_at, r.closed_by, NULL, r.reason, a.fold::text, o.subject, o.fold::text
FROM review r
JOIN agreement a ON a.id = r.agreement
JOIN member m ON m.id = r.member
LEFT JOIN agreement o ON o.id = r.other
WHERE {_WANTED} AND r.id > $5
ORDER BY r.id
LIMIT $6
"""  # noqa: S608 - constants of this file
_DOUBTS: Final = f"""
SELECT r.code, count(*) AS n, min(r.opened_at) AS oldest
FROM review r JOIN member m ON m.id = r.member
WHERE {_WANTED}
GROUP BY r.code
ORDER BY n DESC, r.code
"""  # noqa: S608 - constants of this file


class Doubts(msgspec.Struct, frozen=True):
    """How many open entries have a code, and since when the oldest is open."""

    code: str
    n: int
    oldest: datetime


async def doubtful(connection: Connection, wanted: Doubtful, *, after: int, limit: int) -> list[DoubtfulRow]:
    """Open entries, the oldest first, behind the id *after*."""
    rows = await connection.fetch(
        _DOUBTFUL, wanted.kinds, wanted.code, wanted.member, wanted.mesoregion, after, limit
    )
    return [DoubtfulRow(ReviewRow(*row[:14]), *row[14:]) for row in rows]


async def doubts(connection: Connection, wanted: Doubtful) -> list[Doubts]:
    """The same counted by code."""
    rows = await connection.fetch(_DOUBTS, wanted.kinds, wanted.code, wanted.member, wanted.mesoregion)
    return [Doubts(*row) for row in rows]
