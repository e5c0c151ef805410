"""Every read of the registry. Connection first; nothing here writes.

Nothing is shown that its reader may not see, so every query that meets an agreement, an item or a count
takes a `Reach`: the visibilities that the asker reads of everybody, and the member of whom it reads all.
JSON comes back as text, for msgspec to decode.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, TypeAlias

import asyncpg
import msgspec

from shared.notices.codelists import Visibility

Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"
FIRST: Final = ""
NEWEST: Final = 2**63 - 1


class Reach(msgspec.Struct, frozen=True):
    """How far a reader sees: *visibilities* of everybody's (None: all), and everything of *own*."""

    visibilities: tuple[str, ...] | None
    own: str | None = None


# ------------------------------------------------------------------------------------------ members
class MemberRow(msgspec.Struct, frozen=True):
    """A member, and when it was last heard."""

    id: str
    kind: str
    name: str
    mesoregion: str | None
    last_heard_at: datetime | None
    last_nil_return: str | None


_MEMBER = """
SELECT m.id, m.kind, m.name, m.mesoregion, c.last_heard_at, c.last_nil_return
FROM member m LEFT JOIN chain c ON c.member = m.id
WHERE m.id = $1
"""


async def member(connection: Connection, member_id: str) -> MemberRow | None:
    """The member of that id."""
    row = await connection.fetchrow(_MEMBER, member_id)
    return None if row is None else MemberRow(*row)


_MEMBERS = r"""
SELECT m.id, m.kind, m.name, m.mesoregion, c.last_heard_at, c.last_nil_return
FROM member m LEFT JOIN chain c ON c.member = m.id
WHERE m.id > $1
  AND ($2::text IS NULL OR m.kind = $2)
  AND ($3::text IS NULL OR m.mesoregion = $3)
  AND ($4::text IS NULL
       OR strpos(lower(regexp_replace(normalize(m.name, NFD), '[\u0300-\u036f]', '', 'g')), $4) > 0)
ORDER BY m.id
LIMIT $5
"""


async def members(
    connection: Connection,
    *,
    after: str,
    limit: int,
    kind: str | None = None,
    mesoregion: str | None = None,
    folded_name: str | None = None,
) -> list[MemberRow]:
    """Members in order of id; *folded_name*: part of a name, as `folded` makes it."""
    rows = await connection.fetch(_MEMBERS, after, kind, mesoregion, folded_name, limit)
    return [MemberRow(*row) for row in rows]


def folded(name: str) -> str:
    """*name* as `members` compares it: small letters without accents."""
    plain = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


# A day's figure is the sum of its deltas: as many rows as there are days ahead on which it changes,
# however many agreements stand behind them. A participant's share of a restricted agreement is withheld
# from it, not from the owner.
_COUNTS = """
SELECT member, measure, key, sum(n)::bigint AS n
FROM tally
WHERE member = ANY($1::text[])
  AND day <= $2
  AND ($3::text[] IS NULL
       OR visibility = ANY($3)
       OR (member = $4 AND visibility = 'restricted')
       OR visibility = 'withheld:' || $4)
GROUP BY member, measure, key
HAVING sum(n) <> 0
"""


class Count(msgspec.Struct, frozen=True):
    """One figure: a measure, or one key of a broken-down measure."""

    member: str
    measure: str
    key: str
    n: int


async def counts(connection: Connection, members: Sequence[str], on: date, reach: Reach) -> list[Count]:
    """What the tally says of *members* on a day, as far as *reach* sees; figures of zero are left out."""
    rows = await connection.fetch(_COUNTS, members, on, reach.visibilities, reach.own)
    return [Count(*row) for row in rows]


# --------------------------------------------------------------------------------------- agreements
class AgreementRow(msgspec.Struct, frozen=True):
    """An agreement as stored; *agreement*, *remarks* and *erased* are JSON."""

    id: str
    member: str
    subject: str
    known_from: int
    version: int
    visibility: str
    agreement: str
    remarks: str
    erased: str
    received_at: datetime
    registered_at: datetime


_COLUMNS: Final = """
    a.id, a.member, a.subject, a.known_from, a.version, a.visibility,
    a.agreement::text, a.remarks::text, a.erased::text, a.received_at, a.registered_at
"""
_AGREEMENT: Final = f"""
SELECT {_COLUMNS} FROM agreement a
WHERE a.id = $1 AND ($2::text[] IS NULL OR a.visibility = ANY($2) OR a.member = $3)
"""  # noqa: S608 — constants of this file


async def agreement(connection: Connection, agreement_id: str, reach: Reach) -> AgreementRow | None:
    """The agreement of that id; None when there is none, and when *reach* does not see it."""
    row = await connection.fetchrow(_AGREEMENT, agreement_id, reach.visibilities, reach.own)
    return None if row is None else AgreementRow(*row)


class Wanted(msgspec.Struct, frozen=True):
    """Which agreements a list is to hold; None: any."""

    member: str | None = None
    subject: str | None = None
    country: str | None = None
    state: str | None = None


# Each list walks the index of its narrowest filter from the newest agreement down, and tests the others.
_WALKS: Final = {
    "subject": "agreement a WHERE a.subject = $6 AND a.known_from < $3",
    "member": """facet f JOIN agreement a ON a.id = f.agreement
        WHERE f.name = 'member' AND f.value = $5 AND f.known_from < $3
          AND f.from_day <= $9 AND f.to_day > $9""",
    "country": """facet f JOIN agreement a ON a.id = f.agreement
        WHERE f.name = 'country' AND f.value = $7 AND f.known_from < $3
          AND f.from_day <= $9 AND f.to_day > $9""",
    "state": """segment f JOIN agreement a ON a.id = f.agreement
        WHERE f.state = $8 AND f.from_day <= $9 AND f.to_day > $9 AND f.known_from < $3""",
    "nothing": "agreement a WHERE a.known_from < $3",
}
_WALKED_BY: Final = {"subject": "a", "member": "f", "country": "f", "state": "f", "nothing": "a"}
_FILTERS: Final = """
    AND ($1::text[] IS NULL OR a.visibility = ANY($1) OR a.member = $2)
    AND ($5::text IS NULL OR EXISTS (SELECT FROM facet x
         WHERE x.name = 'member' AND x.value = $5 AND x.known_from = a.known_from
           AND x.from_day <= $9 AND x.to_day > $9))
    AND ($6::text IS NULL OR a.subject = $6)
    AND ($7::text IS NULL OR EXISTS (SELECT FROM facet x
         WHERE x.name = 'country' AND x.value = $7 AND x.known_from = a.known_from
           AND x.from_day <= $9 AND x.to_day > $9))
    AND ($8::text IS NULL OR EXISTS (SELECT FROM segment x
         WHERE x.agreement = a.id AND x.state = $8 AND x.from_day <= $9 AND x.to_day > $9))
    AND $9::date IS NOT NULL
"""
_LISTS: Final = {
    name: f"SELECT {_COLUMNS} FROM {walk} {_FILTERS} ORDER BY {_WALKED_BY[name]}.known_from DESC LIMIT $4"  # noqa: S608 — constants of this file
    for name, walk in _WALKS.items()
}


async def agreements(
    connection: Connection, wanted: Wanted, *, on: date, before: int, limit: int, reach: Reach
) -> list[AgreementRow]:
    """Agreements first known before the position *before*, the newest first."""
    narrowest = next(
        (name for name in ("subject", "member", "country", "state") if getattr(wanted, name) is not None),
        "nothing",
    )
    rows = await connection.fetch(
        _LISTS[narrowest],
        reach.visibilities,
        reach.own,
        before,
        limit,
        wanted.member,
        wanted.subject,
        wanted.country,
        wanted.state,
        on,
    )
    return [AgreementRow(*row) for row in rows]


# ----------------------------------------------------------------------------------------- receipts
class ReceiptRow(msgspec.Struct, frozen=True):
    """A registered notice; *entry* and *remarks* are JSON."""

    position: int
    member: str
    entry: str
    digest: bytes
    remarks: str
    received_at: datetime
    registered_at: datetime
    published_at: datetime | None


# Items leave in order: whichever record of publication covers or follows the position, it had left by then.
_RECEIPT = """
SELECT e.position, e.member, e.entry, e.digest, e.remarks::text, e.received_at, e.registered_at,
       (SELECT p.published_at FROM publication p WHERE p.last >= e.position
        ORDER BY p.last, p.published_at LIMIT 1) AS published_at
FROM entry e
WHERE e.protocol = $1
ORDER BY e.position
LIMIT 1
"""


async def receipt(connection: Connection, protocol: str) -> ReceiptRow | None:
    """The registered notice of that protocol."""
    row = await connection.fetchrow(_RECEIPT, protocol)
    return None if row is None else ReceiptRow(*row)


_CONFLICTS = """
SELECT received_at FROM conflict
WHERE member = $1 AND source = $2 AND id = $3
ORDER BY received_at
LIMIT 100
"""


async def conflicts(connection: Connection, member_id: str, source: str, notice_id: str) -> list[datetime]:
    """When the identity came again with other content; the first hundred times."""
    return [row["received_at"] for row in await connection.fetch(_CONFLICTS, member_id, source, notice_id)]


class DeadRow(msgspec.Struct, frozen=True):
    """A notice that could not be registered; *received_at* is null when it could not even be read."""

    received_at: datetime | None


_DEAD = "SELECT received_at FROM dead WHERE protocol = $1 ORDER BY died_at DESC LIMIT 1"


async def dead(connection: Connection, protocol: str) -> DeadRow | None:
    """The notice of that protocol among the dead."""
    row = await connection.fetchrow(_DEAD, protocol)
    return None if row is None else DeadRow(*row)


# --------------------------------------------------------------------------------------------- feed
class FeedRow(msgspec.Struct, frozen=True):
    """A feed item as published, with what its agreement's visibility is now; *item* is JSON."""

    position: int
    item: str
    visibility: Visibility | None


_FEED = """
SELECT i.position, i.item::text, a.visibility
FROM feed_item i LEFT JOIN agreement a ON a.id = i.agreement
WHERE i.position > $1
ORDER BY i.position
LIMIT $2
"""
_HEAD = "SELECT position FROM head"


async def head(connection: Connection) -> int:
    """The last position given."""
    position: int = await connection.fetchval(_HEAD)
    return position


async def feed(connection: Connection, *, after: int, limit: int) -> list[FeedRow]:
    """Items above the position *after*, in order."""
    return [FeedRow(*row) for row in await connection.fetch(_FEED, after, limit)]


# ------------------------------------------------------------------------------------------- ledger
class ChainRow(msgspec.Struct, frozen=True):
    """The head of a chain."""

    length: int
    head: bytes | None


_CHAIN = """
SELECT coalesce(c.length, 0), c.head FROM member m LEFT JOIN chain c ON c.member = m.id WHERE m.id = $1
"""


async def chain(connection: Connection, member_id: str) -> ChainRow | None:
    """The chain of a member, empty if it has none; None for an unknown member."""
    row = await connection.fetchrow(_CHAIN, member_id)
    return None if row is None else ChainRow(*row)


class EntryRow(msgspec.Struct, frozen=True):
    """A ledger entry with what opens it; *entry* and *fields* are JSON."""

    sequence: int
    entry: str
    digest: bytes
    fields: str | None


_ENTRIES = """
SELECT e.sequence, e.entry, e.digest, d.fields::text
FROM entry e LEFT JOIN disclosure d ON d.position = e.position
WHERE e.member = $1 AND e.sequence > $2
ORDER BY e.sequence
LIMIT $3
"""


async def entries(connection: Connection, member_id: str, *, after: int, limit: int) -> list[EntryRow]:
    """Entries of a chain above a sequence, in order."""
    return [EntryRow(*row) for row in await connection.fetch(_ENTRIES, member_id, after, limit)]


_CHAINS = "SELECT member FROM chain ORDER BY member"


async def chains(connection: Connection) -> list[str]:
    """The members that have a chain."""
    return [row["member"] for row in await connection.fetch(_CHAINS)]
