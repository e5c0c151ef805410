"""What the map shows of every municipality, in one read."""

from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries.reach import Connection, Reach


class OnMap(msgspec.Struct, frozen=True):
    """A municipality of which something is known: its figures, and when it was last heard."""

    id: str
    signed: int
    in_force: int
    negotiating: int
    expiring: int
    last_heard_at: datetime | None


# `known` stands for every agreement that the reader may see, counted or not: zero is said only where there is
# one, or where somebody was heard.
_ON_MAP: Final = """
SELECT m.id,
    coalesce(sum(t.n) FILTER (WHERE t.measure = 'signed_ever'), 0)::bigint,
    coalesce(sum(t.n) FILTER (WHERE t.measure = 'in_force'), 0)::bigint,
    coalesce(sum(t.n) FILTER (WHERE t.measure = 'negotiating'), 0)::bigint,
    coalesce(sum(t.n) FILTER (WHERE t.measure = 'expiring_90_days'), 0)::bigint,
    c.last_heard_at
FROM member m
LEFT JOIN chain c ON c.member = m.id
LEFT JOIN tally t ON t.member = m.id
    AND t.measure IN ('known', 'signed_ever', 'in_force', 'negotiating', 'expiring_90_days')
    AND t.day <= $1
    AND ($2::text[] IS NULL
         OR t.visibility = ANY($2)
         OR (t.member = $3 AND t.visibility = 'restricted')
         OR t.visibility = 'withheld:' || $3)
WHERE m.kind = 'municipality'
GROUP BY m.id, c.last_heard_at
HAVING c.last_heard_at IS NOT NULL OR coalesce(sum(t.n) FILTER (WHERE t.measure = 'known'), 0) <> 0
ORDER BY m.id
"""


async def on_map(connection: Connection, on: date, reach: Reach) -> list[OnMap]:
    """The municipalities of which anything is known *on* that day, as far as *reach* sees; in order of id."""
    rows = await connection.fetch(_ON_MAP, on, reach.visibilities, reach.own)
    return [OnMap(*row) for row in rows]
