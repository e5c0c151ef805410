"""Reads for a member's own page: what it sent, what it is asked, what ends, what is missing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries.reach import Connection


class SentRow(msgspec.Struct, frozen=True):
    """A registered notice about a member; *entry*, *remarks*, *item* and *label* as stored.

    *label*: of the key that sent it, if it was one of this member's; *retracted*: it was taken back.
    """

    sequence: int
    protocol: str
    agreement: str | None
    entry: str
    remarks: str
    received_at: datetime
    registered_at: datetime
    published_at: datetime | None
    item: str | None
    label: str | None
    retracted: bool


# Items leave in order: whichever record of publication covers or follows the position, it had left by then.
_SENT: Final = """
SELECT e.sequence, e.protocol, e.agreement, e.entry, e.remarks::text, e.received_at, e.registered_at,
    (SELECT p.published_at FROM publication p WHERE p.last >= e.position
     ORDER BY p.last, p.published_at LIMIT 1),
    i.item::text,
    (SELECT k.label FROM api_key k WHERE k.id = e.entry::json #>> '{sender,key}' AND k.member = e.member),
    EXISTS (
        SELECT FROM disclosure o JOIN entry r ON r.position = o.position
        WHERE o.fields ? 'notice' AND o.fields -> 'notice' ->> 'value' = e.protocol
          AND r.member = e.member AND r.type = 'br.malha.agreement.retracted.v1')
FROM entry e LEFT JOIN feed_item i ON i.position = e.position
WHERE e.member = $1 AND e.sequence < $2 AND e.entry::json #>> '{sender,role}' <> 'system'
  AND (NOT $3 OR e.remarks <> '[]')
ORDER BY e.sequence DESC
LIMIT $4
"""


async def sent(
    connection: Connection, member: str, *, before: int, remarked: bool, limit: int
) -> list[SentRow]:
    """The notices about *member* below a sequence, the newest first; *remarked*: those with remarks alone.

    By whomever: the member, who speaks for it, or the coordination. Not what the system announces.
    """
    return [SentRow(*row) for row in await connection.fetch(_SENT, member, before, remarked, limit)]


_ASKED: Final = """
SELECT DISTINCT e.agreement FROM entry e
WHERE e.member = $1 AND e.type = 'br.malha.agreement.question_asked.v1' AND e.agreement IS NOT NULL
"""


async def asked(connection: Connection, member: str) -> list[str]:
    """The agreements of *member* about which it was ever asked."""
    return [row["agreement"] for row in await connection.fetch(_ASKED, member)]


MOST_LOOKED_AT: Final = 1_000
"""So many agreements of a member, those known last, are looked at to put the foremost of them first."""
_INCOMPLETE: Final = f"""
SELECT a.id FROM (
    SELECT DISTINCT known_from FROM facet WHERE name = 'member' AND value = $1
    ORDER BY known_from DESC LIMIT {MOST_LOOKED_AT}) f
JOIN agreement a ON a.known_from = f.known_from
JOIN segment s ON s.known_from = f.known_from
WHERE a.member = $1 AND a.completeness < 100 AND s.from_day <= $2 AND s.to_day > $2
  AND s.state IN ('unknown', 'negotiating', 'under_review', 'ready_to_sign', 'signed', 'in_force',
      'suspended')
ORDER BY a.completeness, a.known_from DESC
LIMIT $3
"""  # noqa: S608 - constants of this file


async def incomplete(connection: Connection, member: str, today: date, limit: int) -> list[str]:
    """The agreements of *member* that are not over and of which something is missing, the emptiest first."""
    return [row["id"] for row in await connection.fetch(_INCOMPLETE, member, today, limit)]


# Two indexes are met before any agreement is looked at: most of what ends soon is others'.
_ENDING: Final = """
SELECT a.id FROM (
    SELECT s.known_from, s.ends_on FROM segment s
    JOIN facet f ON f.name = 'member' AND f.value = $1 AND f.known_from = s.known_from
        AND f.from_day <= $2 AND f.to_day > $2
    WHERE s.from_day <= $2 AND s.to_day > $2
      AND s.state IN ('signed', 'in_force', 'suspended') AND s.ends_on >= $2 AND s.ends_on <= $3
    OFFSET 0) s
JOIN agreement a ON a.known_from = s.known_from
WHERE a.member = $1
ORDER BY s.ends_on, a.known_from
LIMIT $4
"""


async def ending(connection: Connection, member: str, today: date, until: date, limit: int) -> list[str]:
    """The agreements of *member* whose term ends by the day *until*, the next one first."""
    return [row["id"] for row in await connection.fetch(_ENDING, member, today, until, limit)]


_KNOWN_FROM: Final = "SELECT known_from FROM agreement WHERE id = ANY($1)"


async def known_from(connection: Connection, agreements: Sequence[str]) -> list[int]:
    """Where *agreements* stand in the order of lists."""
    return [row["known_from"] for row in await connection.fetch(_KNOWN_FROM, agreements)]


_LISTED: Final = f"""
SELECT a.id FROM (
    SELECT DISTINCT known_from FROM facet WHERE name = 'member' AND value = $1
    ORDER BY known_from DESC LIMIT {MOST_LOOKED_AT}) f
JOIN agreement a ON a.known_from = f.known_from
JOIN segment s ON s.known_from = f.known_from
WHERE a.member = $1 AND a.visibility = 'public' AND s.from_day <= $2 AND s.to_day > $2
  AND s.state IN ('signed', 'in_force', 'suspended', 'expired', 'completed', 'terminated')
  AND s.counted IN ('agreement', 'unilateral')
ORDER BY s.state NOT IN ('in_force', 'signed', 'suspended'), s.signed_on DESC NULLS LAST, a.known_from DESC
LIMIT $3
"""  # noqa: S608 - constants of this file


async def listed(connection: Connection, member: str, today: date, limit: int) -> list[str]:
    """The public agreements of *member* that were ever signed, those in force first, the newest first."""
    return [row["id"] for row in await connection.fetch(_LISTED, member, today, limit)]
