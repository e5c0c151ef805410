"""Reads of the review list."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from services.registry.queries.reach import Connection, Reach
from services.registry.shapes import ClosedBy, ReviewKind

Status = Literal["open", "closed", "all"]
FEWEST_FOR_REVIEW: Final = 5
"""Agreements of one text: then it is a matter for review."""


class ReviewRow(msgspec.Struct, frozen=True):
    """Something that does not fit; *detail* is JSON, *protocol* and *other* are empty where there is none."""

    id: int
    agreement: str
    member: str
    subject: str
    kind: ReviewKind
    code: str
    protocol: str
    other: str
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: ClosedBy | None
    closing: str | None
    reason: str | None


class Reviewed(msgspec.Struct, frozen=True):
    """Which entries are wanted; None: any."""

    status: Status
    kind: str | None = None
    code: str | None = None
    member: str | None = None
    agreement: str | None = None


# Whoever may not see the other agreement is not told that it looks like this one; nor how many share a text
# where restricted ones of others make up the number.
_REVIEWS: Final = """
SELECT r.id, r.agreement, r.member, a.subject, r.kind, r.code, r.protocol, r.other, r.detail::text,
    r.opened_at, r.closed_at, r.closed_by, e.protocol AS closing, r.reason
FROM review r
JOIN agreement a ON a.id = r.agreement
LEFT JOIN entry e ON e.position = r.closing
WHERE r.id < $1 AND {status}
  AND ($2::text IS NULL OR r.kind = $2)
  AND ($3::text IS NULL OR r.code = $3)
  AND ($4::text IS NULL OR r.member = $4)
  AND ($5::text IS NULL OR r.agreement = $5)
  AND ($6::text[] IS NULL OR r.other = '' OR EXISTS (
    SELECT FROM agreement o WHERE o.id = r.other AND (o.visibility = ANY($6) OR o.member = $7)))
  AND ($6::text[] IS NULL OR r.kind <> 'same_text' OR EXISTS (
    SELECT FROM text_group g WHERE g.pattern = r.agreement AND g.public + g.network >= $9))
ORDER BY r.id DESC
LIMIT $8
"""
_STATUS: Final[dict[Status, str]] = {
    "open": "r.closed_at IS NULL",
    "closed": "r.closed_at IS NOT NULL",
    "all": "true",
}


async def reviews(
    connection: Connection, wanted: Reviewed, *, before: int, limit: int, reach: Reach
) -> list[ReviewRow]:
    """Entries with an id below *before*, the newest first."""
    rows = await connection.fetch(
        _REVIEWS.format(status=_STATUS[wanted.status]),
        before,
        wanted.kind,
        wanted.code,
        wanted.member,
        wanted.agreement,
        reach.visibilities,
        reach.own,
        limit,
        FEWEST_FOR_REVIEW,
    )
    return [ReviewRow(*row) for row in rows]
