"""Letters of invitation: a code on paper, good for 60 days and for one person. Connection first.

The code is worked out from the letter's id and the stack's secret: a letter can be printed again, and the
database alone lets nobody in.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import asyncpg
import msgspec

from services.registry.network import people
from services.registry.network.people import NewPerson
from services.registry.network.roster import UnknownMember
from services.registry.queries import Connection
from shared.notices.protocol import INVITATION_PREFIX, invitation_code, is_well_formed, tidy

LIFETIME: Final = timedelta(days=60)
_SYMBOLS: Final = 13


class UnknownCode(Exception):  # noqa: N818 - what it is
    """No letter has this code, or it was used, replaced, or is too old."""


class Letter(NamedTuple):
    """A letter that lets somebody in. *code* stands on it."""

    id: str
    member: str
    kind: str
    name: str
    code: str
    expires_at: datetime


class Standing(msgspec.Struct, frozen=True):
    """How a member stands: its last letter, and how many persons may come in for it."""

    id: str
    kind: str
    name: str
    mesoregion: str | None
    invited_at: datetime | None
    expires_at: datetime | None
    used_at: datetime | None
    people: int

    def state(self, now: datetime) -> str:
        """*inside* with persons; else *invited* while a letter is good, *late* after that, *none*."""
        if self.people:
            return "inside"
        if self.expires_at is None or self.used_at is not None:
            return "none"
        return "invited" if self.expires_at > now else "late"


def read_code(typed: str) -> str | None:
    """The code that somebody *typed*; None if it cannot be one: a symbol is wrong, or missing."""
    symbols = "".join(letter for letter in typed.upper() if letter.isalnum())
    symbols = symbols if len(symbols) == _SYMBOLS else symbols.removeprefix(INVITATION_PREFIX[:-1])
    code = tidy(INVITATION_PREFIX + symbols)
    return code if is_well_formed(code, INVITATION_PREFIX) else None


def code_of(secret: str, invitation: str) -> str:
    """The code of the letter *invitation*, in the stack whose *secret* that is."""
    keyed = hmac.new(secret.encode(), f"invitation {invitation}".encode(), hashlib.sha256)
    return invitation_code(keyed.hexdigest())


_REPLACE = """
UPDATE invitation SET ended_at = now()
WHERE member = ANY($1::text[]) AND used_at IS NULL AND ended_at IS NULL
"""
_INVITE = """
INSERT INTO invitation (id, member, digest, created_by, expires_at)
SELECT id, member, digest, $4, now() + $5
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS new (id, member, digest)
"""


async def invite(connection: Connection, secret: str, members: Sequence[str], *, by: str | None) -> None:
    """A new letter for each of *members*; what they had and did not use is good no longer.

    *by* is the person who invites. Raises UnknownMember.
    """
    ids = [secrets.token_hex(8) for _ in members]
    digests = [_digest(code_of(secret, id_)) for id_ in ids]
    try:
        async with connection.transaction():
            await connection.execute(_REPLACE, members)
            await connection.execute(_INVITE, ids, members, digests, by, LIFETIME)
    except asyncpg.ForeignKeyViolationError:
        raise UnknownMember(", ".join(members)) from None


_OPEN = """
SELECT i.id, i.member, m.kind, m.name, i.expires_at
FROM invitation i JOIN member m ON m.id = i.member
WHERE i.used_at IS NULL AND i.ended_at IS NULL AND i.expires_at > now()
    AND ($1::text[] IS NULL OR i.member = ANY($1))
ORDER BY m.kind, m.name, m.id
"""


async def letters(connection: Connection, secret: str, members: Sequence[str] | None = None) -> list[Letter]:
    """The letters that are good: those of *members*, or all."""
    return [
        Letter(id_, member, kind, name, code_of(secret, id_), expires_at)
        for id_, member, kind, name, expires_at in await connection.fetch(_OPEN, members)
    ]


_LOOK = """
SELECT member FROM invitation
WHERE digest = $1 AND used_at IS NULL AND ended_at IS NULL AND expires_at > now()
"""


async def member_invited(connection: Connection, code: str) -> str | None:
    """Whom the letter with that *code* is for; None if none is good."""
    member: str | None = await connection.fetchval(_LOOK, _digest(code))
    return member


_USE = """
UPDATE invitation SET used_at = now()
WHERE digest = $1 AND used_at IS NULL AND ended_at IS NULL AND expires_at > now()
RETURNING id, member
"""
_USED_BY = "UPDATE invitation SET used_by = $2 WHERE id = $1"
_MAKE_ADMINISTRATOR = "UPDATE person SET is_administrator = true WHERE id = $1"


async def accept(connection: Connection, code: str, new: NewPerson, today: date) -> str:
    """Use the letter with that *code*: *new* (whose member is the letter's) administers; returns the person.

    Who has an account of that member already is renewed. Raises UnknownCode, AddressTaken.
    """
    async with connection.transaction():
        row = await connection.fetchrow(_USE, _digest(code))
        if row is None or new.email is None:
            raise UnknownCode
        known = await people.find_address(connection, new.email)
        if known is None:
            told = msgspec.structs.replace(new, member=row["member"], is_administrator=True)
            person = await people.add(connection, told, today)
        elif known.member == row["member"]:
            person = known.id
            await people.renew(connection, known, today)
            await connection.execute(_MAKE_ADMINISTRATOR, person)
        else:
            raise people.AddressTaken
        await connection.execute(_USED_BY, row["id"], person)
    return person


_STANDINGS = """
SELECT m.id, m.kind, m.name, m.mesoregion, i.created_at, i.expires_at, i.used_at, coalesce(p.people, 0)
FROM member m
LEFT JOIN LATERAL (
    SELECT created_at, expires_at, used_at
    FROM invitation WHERE member = m.id ORDER BY created_at DESC LIMIT 1
) i ON true
LEFT JOIN (
    SELECT member, count(*) AS people FROM person
    WHERE ended_at IS NULL AND email IS NOT NULL AND (ends_on IS NULL OR ends_on >= $1)
    GROUP BY member
) p ON p.member = m.id
WHERE m.kind <> 'state'
ORDER BY m.kind, m.name, m.id
"""


async def standings(connection: Connection, today: date) -> list[Standing]:
    """How each municipality and organisation stands."""
    return [Standing(*row) for row in await connection.fetch(_STANDINGS, today)]


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
