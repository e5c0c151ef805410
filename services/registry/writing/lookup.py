"""What the registrar reads before it writes. Connection first; nothing here opens or ends a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from services.registry.queries import Connection


class Known(NamedTuple):
    """What is known about one notice before it is registered.

    *position*: of the same identity, if it is registered. The agreement's columns are null for a new one, and
    wherever no agreement was asked for.
    """

    head: int
    directory_version: int
    rules_version: int
    position: int | None
    chain_length: int | None
    chain_head: bytes | None
    known_from: int | None
    fold: str | None
    course: str | None
    remarks: str | None
    erased: str | None
    owing: bool = False
    """Whether any erasure waits for its notice to come."""


_LOOK_UP = """
SELECT h.position, v.version, r.version, i.position, c.length, c.head,
       a.known_from, a.fold, a.course, a.remarks, a.erased,
       EXISTS (SELECT FROM owed_erasure WHERE settled_at IS NULL)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
     WITH ORDINALITY AS n (member, source, id, agreement, ordinal)
CROSS JOIN head h
CROSS JOIN directory v
CROSS JOIN rules r
LEFT JOIN inbox i ON i.member = n.member AND i.source = n.source AND i.id = n.id
LEFT JOIN chain c ON c.member = n.member
LEFT JOIN agreement a ON a.id = n.agreement
ORDER BY n.ordinal
"""


async def look_up(
    connection: Connection, keys: Sequence[tuple[str, str, str]], agreements: Sequence[str | None]
) -> list[Known]:
    """For each identity (member, source, id), and the agreement beside it, what is known: in that order."""
    members, sources, ids = zip(*keys, strict=True)
    return [Known(*row) for row in await connection.fetch(_LOOK_UP, members, sources, ids, agreements)]


class Registration(NamedTuple):
    """A registered notice; *disclosure* and *remarks* are JSON."""

    position: int
    entry: str
    digest: bytes
    disclosure: str
    remarks: str
    received_at: datetime
    registered_at: datetime


_REGISTRATIONS: Final = """
SELECT e.position, e.entry, e.digest, d.fields, e.remarks, e.received_at, e.registered_at
FROM entry e JOIN disclosure d ON d.position = e.position
"""
_AT_POSITIONS: Final = _REGISTRATIONS + "WHERE e.position = ANY($1)"
_OF_AGREEMENT: Final = _REGISTRATIONS + "WHERE e.agreement = $1 AND e.position > $2 ORDER BY e.position"
_NAMED: Final = _REGISTRATIONS + "WHERE e.protocol = ANY($2) AND e.agreement = $1"
_RETRACTIONS: Final = (
    _REGISTRATIONS
    + "WHERE e.agreement = $2 AND e.position > $3 AND e.type = 'br.malha.agreement.retracted.v1'"
)
_TOLD: Final = f"{_AT_POSITIONS} UNION ALL {_RETRACTIONS}"


async def registrations(connection: Connection, positions: Sequence[int]) -> list[Registration]:
    """The notices registered at *positions*."""
    if not positions:
        return []
    return [Registration(*row) for row in await connection.fetch(_AT_POSITIONS, positions)]


async def history(connection: Connection, agreement: str, after: int = 0) -> list[Registration]:
    """Every notice of *agreement* after the position *after*, in order of position."""
    return [Registration(*row) for row in await connection.fetch(_OF_AGREEMENT, agreement, after)]


async def named(connection: Connection, agreement: str, protocols: Sequence[str]) -> list[Registration]:
    """The notices of *agreement* that have one of *protocols*."""
    return [Registration(*row) for row in await connection.fetch(_NAMED, agreement, protocols)]


async def told(
    connection: Connection, agreement: str, positions: Sequence[int], since: int
) -> list[Registration]:
    """The notices at *positions*, and what of *agreement* was retracted after the position *since*."""
    return [Registration(*row) for row in await connection.fetch(_TOLD, positions, agreement, since)]


class Mark(NamedTuple):
    """A checkpoint without its fold; *short*: that does not tell all days any more."""

    taken: int
    last_key: str
    short: bool
    positions: list[int]
    written: int


_CHECKPOINTS = """
SELECT taken, last_key, opening IS NOT NULL, positions, written FROM checkpoint
WHERE agreement = $1 ORDER BY taken DESC LIMIT $2
"""
_CHECKPOINT = "SELECT fold, opening FROM checkpoint WHERE agreement = $1 AND taken = $2"


async def checkpoints(connection: Connection, agreement: str, most: int | None) -> list[Mark]:
    """The checkpoints of *agreement* in the order of the fold, the last *most* of them; None: all."""
    return [Mark(*row) for row in await connection.fetch(_CHECKPOINTS, agreement, most)][::-1]


async def checkpoint(connection: Connection, agreement: str, taken: int) -> tuple[str, str | None]:
    """The fold of *agreement* after *taken* notices, and its opening, both JSON."""
    row = await connection.fetchrow(_CHECKPOINT, agreement, taken)
    if row is None:
        raise LookupError(f"{agreement} has no checkpoint after {taken} notices")
    return row["fold"], row["opening"]


class MemberRow(NamedTuple):
    """A member as the feed names it."""

    id: str
    kind: str
    name: str
    mesoregion: str | None


async def members(connection: Connection) -> dict[str, MemberRow]:
    """All members by id."""
    rows = await connection.fetch("SELECT id, kind, name, mesoregion FROM member")
    return {row["id"]: MemberRow(*row) for row in rows}
