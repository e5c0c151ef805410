"""Reads of members and of their numbers."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries.reach import NEWEST, Connection, Reach
from shared.data import MemberKind


class MemberRow(msgspec.Struct, frozen=True):
    """A member, and when it was last heard."""

    id: str
    kind: MemberKind
    name: str
    mesoregion: str | None
    last_heard_at: datetime | None
    last_nil_return: str | None


_MEMBER: Final = """
SELECT m.id, m.kind, m.name, m.mesoregion, c.last_heard_at, c.last_nil_return
FROM member m LEFT JOIN chain c ON c.member = m.id
WHERE m.id = $1
"""


async def member(connection: Connection, member_id: str) -> MemberRow | None:
    """The member of that id, as last heard."""
    row = await connection.fetchrow(_MEMBER, member_id)
    return None if row is None else MemberRow(*row)


_MEMBERS: Final = r"""
SELECT m.id, m.kind, m.name, m.mesoregion, c.last_heard_at, c.last_nil_return
FROM member m LEFT JOIN chain c ON c.member = m.id
WHERE m.id > $1
  AND ($2::text IS NULL OR m.kind = $2)
  AND ($3::text IS NULL OR m.mesoregion = $3)
  AND ($4::text IS NULL
       OR strpos(lower(regexp_replace(normalize(m.name, NFD), '[\u0300-\u036f]', '', 'g')), $4) > 0)
ORDER BY m.id
"""


async def members(
    connection: Connection,
    *,
    after: str = "",
    kind: str | None = None,
    mesoregion: str | None = None,
    folded_name: str | None = None,
) -> list[MemberRow]:
    """Members in order of id; *folded_name*: part of a name, as `folded` makes it. There are hundreds."""
    rows = await connection.fetch(_MEMBERS, after, kind, mesoregion, folded_name)
    return [MemberRow(*row) for row in rows]


def folded(name: str) -> str:
    """*name* as `members` compares it: small letters without accents."""
    plain = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


class HeardRow(msgspec.Struct, frozen=True):
    """When a member was last heard, and up to when it last declared nothing, as known at a position."""

    member: str
    last_heard_at: datetime | None
    last_nil_return: str | None


_OWN_VOICE: Final = """(e.entry::json #>> '{sender,role}' = 'member'
    OR (e.entry::json #>> '{sender,role}' <> 'system' AND e.entry::json #>> '{sender,member}' = e.member))"""
# Nothing is registered before it is received: whatever was received after the entry that was heard last in
# the chain, and stands before it, was registered between its two instants.
_HEARD: Final = f"""
SELECT given.member, latest.received_at, nil.as_of
FROM unnest($1::text[]) AS given (member)
LEFT JOIN LATERAL (
    SELECT e.position, e.received_at, e.registered_at FROM entry e
    WHERE e.member = given.member AND e.position <= $2 AND {_OWN_VOICE}
    ORDER BY e.sequence DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (
    SELECT max(e.received_at) AS received_at FROM entry e
    WHERE e.registered_at BETWEEN last.received_at AND last.registered_at
      AND e.position <= last.position AND e.member = given.member AND {_OWN_VOICE}) latest ON true
LEFT JOIN LATERAL (
    SELECT max(d.fields -> 'as_of' ->> 'value' COLLATE "C") AS as_of
    FROM entry e JOIN disclosure d ON d.position = e.position
    WHERE e.member = given.member AND e.type = 'br.malha.municipality.nothing_to_declare.v1'
      AND e.position <= $2 AND NOT EXISTS (
        SELECT FROM disclosure o JOIN entry r ON r.position = o.position
        WHERE o.fields ? 'notice' AND o.fields -> 'notice' ->> 'value' = e.protocol
          AND r.member = e.member AND r.type = 'br.malha.agreement.retracted.v1'
          AND r.position <= $2)) nil ON true
"""  # noqa: S608 - constants of this file


async def heard(connection: Connection, members: Sequence[str], position: int) -> dict[str, HeardRow]:
    """The same of *members* as known at *position*."""
    rows = await connection.fetch(_HEARD, members, position)
    return {row["member"]: HeardRow(*row) for row in rows}


_CONTACTS: Final = """
SELECT DISTINCT ON (e.member) e.member, d.fields::text
FROM entry e JOIN disclosure d ON d.position = e.position
WHERE e.member = ANY($1::text[]) AND e.type = 'br.malha.member.contact_changed.v1' AND e.position <= $2
  AND NOT EXISTS (
    SELECT FROM disclosure o JOIN entry r ON r.position = o.position
    WHERE o.fields ? 'notice' AND o.fields -> 'notice' ->> 'value' = e.protocol
      AND r.member = e.member AND r.type = 'br.malha.agreement.retracted.v1' AND r.position <= $2)
ORDER BY e.member, e.position DESC
"""


async def contacts(connection: Connection, members: Sequence[str], position: int | None) -> dict[str, str]:
    """The contact that each of *members* told last: the disclosure of its notice, in JSON."""
    rows = await connection.fetch(_CONTACTS, members, NEWEST if position is None else position)
    return {row["member"]: row["fields"] for row in rows}


class Count(msgspec.Struct, frozen=True):
    """One figure: a measure, or one key of a broken-down measure."""

    member: str
    measure: str
    key: str
    n: int


# A day's figure is the sum of its deltas: as many rows as there are days ahead on which it changes,
# however many agreements stand behind them. A participant's share of a restricted agreement is withheld
# from it, not from the owner.
_COUNTS: Final = """
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


async def counts(connection: Connection, members: Sequence[str], on: date, reach: Reach) -> list[Count]:
    """What the tally says of *members* today or *on* a day to come, as far as *reach* sees.

    Figures of zero are left out.
    """
    rows = await connection.fetch(_COUNTS, members, on, reach.visibilities, reach.own)
    return [Count(*row) for row in rows]
