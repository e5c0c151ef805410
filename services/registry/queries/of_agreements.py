"""Reads of agreements."""

from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries.reach import Connection, Reach


class AgreementRow(msgspec.Struct, frozen=True):
    """An agreement as stored; *fold*, *remarks* and *erased* are JSON."""

    id: str
    member: str
    subject: str
    known_from: int
    version: int
    visibility: str
    fold: str
    remarks: str
    erased: str
    received_at: datetime
    registered_at: datetime


_COLUMNS: Final = """
    a.id, a.member, a.subject, a.known_from, a.version, a.visibility,
    a.fold::text, a.remarks::text, a.erased::text, a.received_at, a.registered_at
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


# Joins rather than conditions, so that the planner walks the narrowest filter and tests the others; on
# known_from alone, which is unique, since it takes a second equality for a second reason to expect nothing.
# On one day at most one row of a facet, and of the segments, belongs to an agreement.
_FILTERS: Final = {
    "member": """
JOIN facet m ON m.name = 'member' AND m.value = ${0} AND m.known_from = a.known_from
    AND m.from_day <= $1 AND m.to_day > $1""",
    "subject": """
JOIN agreement b ON b.subject = ${0} AND b.known_from = a.known_from""",
    "country": """
JOIN facet c ON c.name = 'country' AND c.value = ${0} AND c.known_from = a.known_from
    AND c.from_day <= $1 AND c.to_day > $1""",
    "state": """
JOIN segment s ON s.state = ${0} AND s.known_from = a.known_from
    AND s.from_day <= $1 AND s.to_day > $1""",
}
_LIST: Final = f"""
SELECT {_COLUMNS} FROM agreement a{{0}}
WHERE $1::date IS NOT NULL
  AND a.known_from < $2
  AND ($3::text[] IS NULL OR a.visibility = ANY($3) OR a.member = $4)
ORDER BY a.known_from DESC
LIMIT $5
"""  # noqa: S608 - constants of this file
_OWN_PARAMETERS: Final = 5


async def agreements(
    connection: Connection, wanted: Wanted, *, on: date, before: int, limit: int, reach: Reach
) -> list[AgreementRow]:
    """Agreements first known before the position *before*, the newest first."""
    given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    joins = "".join(_FILTERS[name].format(place) for place, name in enumerate(given, _OWN_PARAMETERS + 1))
    rows = await connection.fetch(
        _LIST.format(joins), on, before, reach.visibilities, reach.own, limit, *given.values()
    )
    return [AgreementRow(*row) for row in rows]
