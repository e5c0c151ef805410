"""Reads of agreements, and of the notices that tell of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries.filters import Bound, Span
from services.registry.queries.moments import Moment
from services.registry.queries.reach import NEWEST, Connection, Reach
from shared.notices.codelists import Visibility


class AgreementRow(msgspec.Struct, frozen=True):
    """An agreement as stored; *fold*, *remarks* and *erased* are JSON.

    *told_from*: the stored fold tells the days from then on; None: all.
    """

    id: str
    member: str
    subject: str
    known_from: int
    version: int
    visibility: Visibility
    fold: str
    told_from: date | None
    completeness: int
    missing: list[str]
    remarks: str
    erased: str
    received_at: datetime
    registered_at: datetime


_COLUMNS: Final = """
    a.id, a.member, a.subject, a.known_from, a.version, a.visibility,
    a.fold::text, a.told_from, a.completeness, a.missing, a.remarks::text, a.erased::text, a.received_at,
    a.registered_at
"""
_SEEN: Final = "($2::text[] IS NULL OR a.visibility = ANY($2) OR a.member = $3)"
_AGREEMENT: Final = f"""
SELECT {_COLUMNS} FROM agreement a WHERE a.id = $1 AND {_SEEN}
"""  # noqa: S608 - constants of this file


async def agreement(connection: Connection, agreement_id: str, reach: Reach) -> AgreementRow | None:
    """The agreement of that id; None when there is none, and when *reach* does not see it."""
    row = await connection.fetchrow(_AGREEMENT, agreement_id, reach.visibilities, reach.own)
    return None if row is None else AgreementRow(*row)


_AGREEMENTS: Final = f"""
SELECT {_COLUMNS} FROM agreement a WHERE a.known_from = ANY($1::bigint[]) AND {_SEEN}
ORDER BY a.known_from DESC
"""  # noqa: S608 - constants of this file


async def agreements(connection: Connection, known_from: Sequence[int], reach: Reach) -> list[AgreementRow]:
    """Those agreements, the newest known first; none that *reach* does not see."""
    rows = await connection.fetch(_AGREEMENTS, known_from, reach.visibilities, reach.own)
    return [AgreementRow(*row) for row in rows]


class ToldRow(msgspec.Struct, frozen=True):
    """A notice of the *agreement*; *entry*, *fields* and *remarks* are JSON."""

    agreement: str
    position: int
    entry: str
    fields: str
    remarks: str
    received_at: datetime
    registered_at: datetime


_TOLD: Final = """
SELECT e.agreement, e.position, e.entry, d.fields::text, e.remarks::text, e.received_at, e.registered_at
FROM entry e JOIN disclosure d ON d.position = e.position
WHERE e.agreement = ANY($1::text[]) AND e.position <= $2
ORDER BY e.position
"""


async def told(
    connection: Connection, agreements: Sequence[str], *, until: int | None = None
) -> list[ToldRow]:
    """The notices of *agreements* that were registered up to the position *until*, in order of arrival."""
    rows = await connection.fetch(_TOLD, agreements, NEWEST if until is None else until)
    return [ToldRow(*row) for row in rows]


MOST_CHILDREN: Final = 100


class ChildRow(msgspec.Struct, frozen=True):
    """An agreement that names *parent* as its parent."""

    parent: str
    id: str
    subject: str


_CHILDREN: Final = """
SELECT given.parent, child.id, child.subject
FROM unnest({parents}) AS given (parent), LATERAL (
    SELECT a.id, a.subject FROM ({found}) found JOIN agreement a ON a.known_from = found.known_from
    WHERE {visibilities} IS NULL OR a.visibility = ANY({visibilities}) OR a.member = {own}
    ORDER BY a.known_from LIMIT {limit}) child
"""


async def children(
    connection: Connection, parents: Sequence[str], moment: Moment, reach: Reach
) -> list[ChildRow]:
    """The agreements that name one of *parents*, the oldest known first, at most MOST_CHILDREN for each."""
    bound = Bound()
    span = Span.of(bound, moment, 0, NEWEST)
    query = _CHILDREN.format(
        parents=bound(parents, "text[]"),
        found=span.rows("facet", "name = 'parent' AND value = given.parent"),
        visibilities=bound(reach.visibilities, "text[]"),
        own=bound(reach.own),
        limit=bound(MOST_CHILDREN, "bigint"),
    )
    return [ChildRow(*row) for row in await connection.fetch(query, *bound.values)]
