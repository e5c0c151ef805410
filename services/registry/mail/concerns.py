"""What somebody is to be told: found by following the feed, kept as positions until the letter is written.

What is noted and how far the feed was read are one transaction; so are the letter and the end of what it
tells of. So each is told once, whatever restarts in between. Connection first.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from services.registry.mail import readers
from services.registry.mail.choices import Kind
from services.registry.queries import Connection
from shared.notices.codelists import Visibility
from shared.notices.feed import FeedItem

MOST_ITEMS: Final = 500
QUESTION_TYPE: Final = "br.malha.agreement.question_asked.v1"
EXPIRING_TYPE: Final = "br.malha.clock.expiring.v1"
_SYSTEM: Final = ("br.malha.clock.", "br.malha.ledger.")

_read_item = msgspec.json.Decoder(FeedItem).decode


def kind_of(item: FeedItem) -> Kind | None:
    """What kind of mail *item* is for its member; None: it needs no answer."""
    if item.backfill:
        return None
    if item.type == QUESTION_TYPE:
        return "question"
    if item.type == EXPIRING_TYPE:
        return "expiring"
    return "remark" if item.remarks and not item.type.startswith(_SYSTEM) else None


_BEGIN: Final = """
UPDATE correspondence SET position = (SELECT position FROM head) WHERE position IS NULL
"""
_PLACE: Final = "SELECT position FROM correspondence FOR UPDATE"
_ITEMS: Final = "SELECT position, item::text FROM feed_item WHERE position > $1 ORDER BY position LIMIT $2"
# What was recovered has been told once: whoever it concerns was written of it then.
_BEFORE: Final = "SELECT protocol FROM lost WHERE protocol = ANY($1::text[])"
_REACHED: Final = "UPDATE correspondence SET position = $1"


async def begin(connection: Connection) -> None:
    """The first time of all, begin with what comes from now on."""
    await connection.execute(_BEGIN)


async def follow(connection: Connection, today: date) -> bool:
    """Note what is next in the feed; whether there is more behind it."""
    async with connection.transaction():
        position = await connection.fetchval(_PLACE)
        rows = await connection.fetch(_ITEMS, position, MOST_ITEMS)
        if not rows:
            return False
        items = [_read_item(row["item"]) for row in rows]
        before = {row["protocol"] for row in await connection.fetch(_BEFORE, [i.protocol for i in items])}
        about = [
            (item.member.id, kind, item.position)
            for item in items
            if item.protocol not in before and (kind := kind_of(item))
        ]
        if about:
            await readers.concern(connection, today, about)
        await connection.execute(_REACHED, rows[-1]["position"])
    return len(rows) == MOST_ITEMS


class Waiting(NamedTuple):
    """Somebody is to be told of something of a kind."""

    person: str
    kind: Kind


# One letter for what comes together; what goes on coming waits until the last letter of its kind is older.
_WAITING: Final = """
SELECT c.person, c.kind FROM concern c
WHERE NOT EXISTS (
    SELECT FROM outbox o
    WHERE o.person = c.person AND o.key LIKE c.kind || ':%'
        AND o.written_at > now() - CASE c.kind WHEN 'question' THEN $2::interval ELSE $3::interval END)
GROUP BY c.person, c.kind HAVING min(c.noted_at) <= now() - $1::interval
ORDER BY min(c.noted_at) LIMIT 100
"""


async def waiting(
    connection: Connection, *, gathered: timedelta, question_pause: timedelta, pause: timedelta
) -> Sequence[Waiting]:
    """Who is to be told now: *gathered* ago of the first of it, and a pause after the last letter."""
    rows = await connection.fetch(_WAITING, gathered, question_pause, pause)
    return [Waiting(*row) for row in rows]


class Concern(NamedTuple):
    """A feed item that somebody is to be told of, with what its agreement's visibility is now."""

    item: FeedItem
    visibility: Visibility
    told: dict[str, Any]
    """What the notice said, by field; what was erased is not there."""


_TAKE: Final = """
WITH taken AS (DELETE FROM concern WHERE person = $1 AND kind = $2 RETURNING position)
SELECT i.item::text, coalesce(a.visibility, 'restricted') AS visibility, d.fields::text
FROM taken t JOIN feed_item i ON i.position = t.position
LEFT JOIN agreement a ON a.id = i.agreement
LEFT JOIN disclosure d ON d.position = i.position
ORDER BY i.position
"""


async def take(connection: Connection, person: str, kind: Kind) -> list[Concern]:
    """What *person* is to be told, in the order in which it came; the letter is of the same transaction."""
    return [
        Concern(_read_item(row["item"]), row["visibility"], _values(row["fields"]))
        for row in await connection.fetch(_TAKE, person, kind)
    ]


def _values(fields: str | None) -> dict[str, Any]:
    opened: dict[str, Any] = {} if fields is None else msgspec.json.decode(fields)
    return {name: told["value"] for name, told in opened.items()}
