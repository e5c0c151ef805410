"""Reads of members and of their numbers."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from services.registry.queries.reach import Connection, Reach
from shared.data import MemberKind


class MemberRow(msgspec.Struct, frozen=True):
    """A member, and when it was last heard."""

    id: str
    kind: MemberKind
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
