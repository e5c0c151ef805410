"""Who reads mail: persons who may come in today and have an address. Connection first."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from services.registry.mail.choices import Kind, SavedFilter
from services.registry.queries import Connection
from shared.notices.feed import EVERYTHING, Scope
from shared.notices.sentences import Language


class Reader(msgspec.Struct, frozen=True):
    """A person, as far as mail needs to know."""

    id: str
    member: str
    role: str
    email: str
    language: Language

    @property
    def scope(self) -> Scope:
        """What the person may see."""
        return Scope.of_member(self.member) if self.role == "member" else EVERYTHING


_READS: Final = """p.ended_at IS NULL AND p.email IS NOT NULL AND (p.ends_on IS NULL OR p.ends_on >= $1)"""
_READER: Final = f"""
SELECT p.id, p.member, p.role, p.email, p.language FROM person p WHERE p.id = $2 AND {_READS}
"""  # noqa: S608 - constants of this file


async def reader(connection: Connection, today: date, person: str) -> Reader | None:
    """That person; None if no mail is for it any more."""
    row = await connection.fetchrow(_READER, today, person)
    return None if row is None else Reader(*row)


# Without a choice of their own people hear of all that needs an answer. The office only reads and asks.
_CONCERN: Final = f"""
INSERT INTO concern (person, kind, position)
SELECT p.id, given.kind, given.position
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS given (member, kind, position)
JOIN person p ON p.member = given.member AND p.role IN ('member', 'coordination') AND {_READS}
LEFT JOIN mail_choice c ON c.person = p.id
WHERE coalesce(
    CASE given.kind WHEN 'remark' THEN c.remark WHEN 'question' THEN c.question ELSE c.expiring END, true)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants of this file


async def concern(connection: Connection, today: date, about: Sequence[tuple[str, Kind, int]]) -> None:
    """Note for whoever answers for a member what it is to be told: (member, kind, position)."""
    members, kinds, positions = zip(*about, strict=True)
    await connection.execute(_CONCERN, today, members, kinds, positions)


class Subscriber(msgspec.Struct, frozen=True):
    """Who has the weekly summary, and by which filters."""

    reader: Reader
    filters: tuple[SavedFilter, ...]


_SUBSCRIBERS: Final = f"""
SELECT p.id, p.member, p.role, p.email, p.language,
    coalesce((SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'query', f.query)
                              ORDER BY lower(f.name), f.id)
              FROM saved_filter f WHERE f.person = p.id), '[]')::text
FROM person p LEFT JOIN mail_choice c ON c.person = p.id
WHERE {_READS} AND coalesce(c.digest, true) AND p.role IN ('member', 'office', 'coordination')
    AND NOT EXISTS (SELECT FROM outbox o WHERE o.key = $2 || p.id)
ORDER BY p.id
"""  # noqa: S608 - constants of this file
_read_filters = msgspec.json.Decoder(tuple[SavedFilter, ...]).decode


async def subscribers(connection: Connection, today: date, key_prefix: str) -> list[Subscriber]:
    """Everybody who wants the weekly summary, and has none of *key_prefix* yet."""
    rows = await connection.fetch(_SUBSCRIBERS, today, key_prefix)
    return [Subscriber(Reader(*row[:5]), _read_filters(row[5])) for row in rows]
