"""Persons: who may come in for a member, in which role, and until when. Connection first.

Each change raises the directory's version by itself (a trigger), and the services learn of it in a moment.
"""

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

import asyncpg
import msgspec

from services.registry.network import links
from services.registry.network.mandates import Kind, account_ends
from services.registry.network.roster import UnknownMember
from services.registry.queries import Connection
from shared.directory import Role
from shared.notices.dates import day_of
from shared.notices.sentences import Language

LINK_LIFETIME: Final = links.LINK_LIFETIME
State = Literal["active", "lapsed", "ended"]


class AddressTaken(Exception):  # noqa: N818 - what it is
    """Another account has this address."""


class Person(msgspec.Struct, frozen=True):
    """Somebody who may come in; *ends_on* is the last day, None: no end is set."""

    id: str
    member: str
    role: Role
    name: str
    email: str | None
    language: Language
    is_administrator: bool
    ends_on: date | None
    created_at: datetime
    ended_at: datetime | None
    signed_in_at: datetime | None

    def state(self, today: date) -> State:
        """Whether the person may come in today; if not: whether a letter renews the account."""
        if self.ended_at is not None:
            return "ended"
        return "active" if self.ends_on is None or self.ends_on >= today else "lapsed"


class NewPerson(msgspec.Struct, frozen=True):
    """What is told of a person who is to come in. *email* None: by links of the command alone."""

    member: str
    role: Role
    name: str
    email: str | None
    language: Language = "pt"
    is_administrator: bool = False


_ADD = """
INSERT INTO person (id, member, role, name, email, language, is_administrator, ends_on, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def add(
    connection: Connection, new: NewPerson, today: date, *, by: str | None = None, latest: date | None = None
) -> str:
    """Let *new* in until its member's mandate ends; the new id. Raises UnknownMember, AddressTaken.

    *by* is the person who names it; None: a letter or the command. *latest*: no longer than that.
    """
    ends_on = _earlier(account_ends(await kind_of(connection, new.member), today), latest)
    person = secrets.token_hex(8)
    told = (new.member, new.role, new.name, new.email, new.language, new.is_administrator, ends_on, by)
    try:
        async with connection.transaction():
            await connection.execute(_ADD, person, *told)
    except asyncpg.UniqueViolationError:
        raise AddressTaken from None
    return person


_KIND = "SELECT kind FROM member WHERE id = $1"


async def kind_of(connection: Connection, member: str) -> Kind:
    """What *member* is. Raises UnknownMember."""
    kind: Kind | None = await connection.fetchval(_KIND, member)
    if kind is None:
        raise UnknownMember(member)
    return kind


_FIND = """
SELECT id, member, role, name, email, language, is_administrator, ends_on, created_at, ended_at, signed_in_at
FROM person
WHERE ($1::text IS NULL OR id = $1)
    AND ($2::text IS NULL OR lower(email) = lower($2) AND ended_at IS NULL)
    AND ($3::text IS NULL OR member = $3)
ORDER BY member, ended_at IS NOT NULL, role, lower(name), id
"""


async def find(connection: Connection, person: str) -> Person | None:
    """The person of that id, whether it may still come in or not."""
    row = await connection.fetchrow(_FIND, person, None, None)
    return None if row is None else Person(*row)


async def find_address(connection: Connection, email: str) -> Person | None:
    """Whose address that is; the account may have lapsed, and a letter renews it."""
    row = await connection.fetchrow(_FIND, None, email, None)
    return None if row is None else Person(*row)


async def list_people(connection: Connection, member: str | None = None) -> list[Person]:
    """The persons of *member*, or all of them; those that have ended too, after the others."""
    return [Person(*row) for row in await connection.fetch(_FIND, None, None, member)]


_END = """
UPDATE person
SET ended_at = now(), email = NULL, is_administrator = false, sessions_since = now()
WHERE id = $1 AND ended_at IS NULL
RETURNING true
"""
_FORGET_IDENTITIES = "DELETE FROM identity WHERE person = $1"
_FORGET_LINKS = "DELETE FROM login_link WHERE person = $1 AND used_at IS NULL"


async def end(connection: Connection, person: str) -> bool:
    """Whether there was such an account; there is none any more, and its address is forgotten."""
    async with connection.transaction():
        ended = await connection.fetchval(_END, person) is not None
        await connection.execute(_FORGET_IDENTITIES, person)
        await connection.execute(_FORGET_LINKS, person)
    return ended


_RENEW = "UPDATE person SET ends_on = $2 WHERE id = $1 AND ended_at IS NULL"


async def renew(
    connection: Connection, person: Person, today: date, *, latest: date | None = None
) -> date | None:
    """Let *person* in until the mandate that runs today ends; that last day, None if no end is set.

    *latest*: no longer than that.
    """
    ends_on = _earlier(account_ends(await kind_of(connection, person.member), today), latest)
    await connection.execute(_RENEW, person.id, ends_on)
    return ends_on


def _earlier(day: date | None, latest: date | None) -> date | None:
    return min((each for each in (day, latest) if each is not None), default=None)


_SPEAK = "UPDATE person SET language = $2 WHERE id = $1"


async def speak(connection: Connection, person: str, language: Language) -> None:
    """Write to *person* in *language* from now on."""
    await connection.execute(_SPEAK, person, language)


# ------------------------------------------------------------------- links of `malha people login`
BY_COMMAND: Final = "Link de quem opera o sistema"
"""The name of whoever comes in for a role and a member without being anybody in particular."""
_OPERATOR = """
SELECT id FROM person
WHERE member = $1 AND role = $2 AND email IS NULL AND ended_at IS NULL
ORDER BY created_at
LIMIT 1
"""


async def create_link(
    connection: Connection, role: Role, member: str, lifetime: timedelta = LINK_LIFETIME
) -> str:
    """The token of a link that lets in for *role* and *member*: for the first day, and without mail.

    Whoever comes in by it is a person without name or address, the same one each time. Raises UnknownMember.
    """
    today = day_of(datetime.now(UTC))
    person: str | None = await connection.fetchval(_OPERATOR, member, role)
    if person is None:
        new = NewPerson(member, role, BY_COMMAND, None, is_administrator=True)
        person = await add(connection, new, today)
    else:
        await connection.execute(_RENEW, person, account_ends(await kind_of(connection, member), today))
    return await links.create(connection, person, "command", lifetime=lifetime)
