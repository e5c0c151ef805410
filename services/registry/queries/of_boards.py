"""Reads of the boards: what waits, ends or is missing, the most urgent first."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries.filters import Bound, Span, Wanted, exceptions, facets, of_days
from services.registry.queries.moments import Moment
from services.registry.queries.reach import NEWEST, Connection, Reach

MOST_WAITING: Final = 2_000
"""So many agreements that wait are put in order: the first known."""
MOST_RECENT: Final = 5_000
"""So many facts are looked at to say what has changed: the last."""
OPEN: Final = "state IN ('negotiating', 'under_review', 'ready_to_sign', 'signed', 'in_force', 'suspended')"
"""Neither over nor called off: something may still be done about it."""


class WaitingRow(msgspec.Struct, frozen=True):
    """An agreement that waits at a gate: at the latest since *from_day* (date.min: nobody knows)."""

    known_from: int
    member: str
    fold: str
    from_day: date


# Since when it waits is told in the fold: no index knows it, so all that wait are read.
_WAITING: Final = f"""
SELECT f.known_from, a.member, a.fold::text, f.from_day
FROM facet f
JOIN agreement a ON a.known_from = f.known_from
JOIN segment s ON s.agreement = a.id AND s.from_day <= $2 AND s.to_day > $2 AND s.{OPEN}
WHERE f.name = 'gate' AND f.value = $1 AND f.from_day <= $2 AND f.to_day > $2
  AND ($3::text[] IS NULL OR a.visibility = ANY($3) OR a.member = $4)
ORDER BY f.known_from
LIMIT $5
"""  # noqa: S608 - constants of this file


async def waiting(connection: Connection, gate: str, on: date, reach: Reach) -> list[WaitingRow]:
    """What waits at *gate* on a day and is neither over nor called off; at most MOST_WAITING."""
    rows = await connection.fetch(_WAITING, gate, on, reach.visibilities, reach.own, MOST_WAITING)
    return [WaitingRow(*row) for row in rows]


# --------------------------------------------------------------------------------- by the days left
class EndingRow(msgspec.Struct, frozen=True):
    """An agreement whose term ends on a day."""

    known_from: int
    ends_on: date


class Ending(msgspec.Struct, frozen=True):
    """How many terms end within so many days of the day asked about; each counts once."""

    days_30: int
    days_90: int
    days_180: int


_ENDING: Final = """
SELECT found.known_from, found.ends_on FROM {found}
WHERE {where} AND (found.ends_on, found.known_from) > ({day}, {known_from})
ORDER BY found.ends_on, found.known_from
LIMIT {limit}
"""
_ENDINGS: Final = """
SELECT count(*) FILTER (WHERE found.ends_on <= {day} + 30),
    count(*) FILTER (WHERE found.ends_on > {day} + 30 AND found.ends_on <= {day} + 90),
    count(*) FILTER (WHERE found.ends_on > {day} + 90)
FROM {found}
WHERE {where}
"""
_JOIN: Final = "\nJOIN ({0}) also{1} ON also{1}.known_from = found.known_from"


class _Listing:
    """A query about the agreements that are wanted, as they are on a day."""

    def __init__(
        self, wanted: Wanted, moment: Moment, reach: Reach, columns: str, *, state: str = "true"
    ) -> None:
        self.bound = Bound()
        self.span = Span.of(self.bound, moment, 0, NEWEST)
        conditions = " AND ".join([state, *of_days(wanted, self.bound, self.span)])
        joins = (
            _JOIN.format(query, place) for place, query in enumerate(facets(wanted, self.bound, self.span))
        )
        self.found = f"({self.span.rows('segment', conditions, columns)}) found{''.join(joins)}"
        self.where = " AND ".join(["true", *exceptions(wanted, reach, self.bound, self.span)])


async def ending(
    connection: Connection,
    wanted: Wanted,
    moment: Moment,
    reach: Reach,
    *,
    after: tuple[date, int],
    limit: int,
) -> list[EndingRow]:
    """Of *wanted* (with *expires_before*) those that end soonest, behind (last day, known_from)."""
    listing = _Listing(wanted, moment, reach, "known_from, ends_on")
    query = _ENDING.format(
        found=listing.found,
        where=listing.where,
        day=listing.bound(after[0], "date"),
        known_from=listing.bound(after[1], "bigint"),
        limit=listing.bound(limit, "bigint"),
    )
    return [EndingRow(*row) for row in await connection.fetch(query, *listing.bound.values)]


async def endings(connection: Connection, wanted: Wanted, moment: Moment, reach: Reach) -> Ending:
    """How many of *wanted* (with *expires_before*) end, by the days that are left."""
    listing = _Listing(wanted, moment, reach, "known_from, ends_on")
    query = _ENDINGS.format(found=listing.found, where=listing.where, day=listing.span.day)
    [row] = await connection.fetch(query, *listing.bound.values)
    return Ending(*row)


# ------------------------------------------------------------------------------------------ by state
class Foremost(msgspec.Struct, frozen=True):
    """The foremost agreements by their `known_from`, in order, and how many there are in all."""

    known_from: list[int]
    total: int


_FOREMOST: Final = """
SELECT found.known_from, count(*) OVER () AS n FROM {found}
WHERE {where}
ORDER BY array_position({states}, found.state), found.signed_on DESC NULLS LAST, found.known_from DESC
LIMIT {limit}
"""


async def foremost(
    connection: Connection, wanted: Wanted, moment: Moment, reach: Reach, *, states: Sequence[str], limit: int
) -> Foremost:
    """Of *wanted* those that come first in the order of *states*, and among these the last signed."""
    listing = _Listing(wanted, moment, reach, "known_from, state, signed_on")
    query = _FOREMOST.format(
        found=listing.found,
        where=listing.where,
        states=listing.bound(states, "text[]"),
        limit=listing.bound(limit, "bigint"),
    )
    rows = await connection.fetch(query, *listing.bound.values)
    return Foremost([row["known_from"] for row in rows], rows[0]["n"] if rows else 0)


# ------------------------------------------------------------------------------ by how long they are known
class LackingRow(msgspec.Struct, frozen=True):
    """An agreement that lacks something, and when it became known."""

    known_from: int
    known_at: datetime


_LACKING: Final = """
SELECT page.known_from, e.registered_at FROM (
    SELECT found.known_from FROM {found}
    WHERE {where} AND found.known_from > {after}
    ORDER BY found.known_from
    LIMIT {limit}) page
JOIN entry e ON e.position = page.known_from
ORDER BY page.known_from
"""
_LACKINGS: Final = "SELECT count(*) FROM {found} WHERE {where}"


async def lacking(
    connection: Connection, wanted: Wanted, moment: Moment, reach: Reach, *, after: int, limit: int
) -> list[LackingRow]:
    """Of *wanted* those that are not over, the longest known first, behind the `known_from` *after*."""
    listing = _Listing(wanted, moment, reach, "known_from", state=OPEN)
    query = _LACKING.format(
        found=listing.found,
        where=listing.where,
        after=listing.bound(after, "bigint"),
        limit=listing.bound(limit, "bigint"),
    )
    return [LackingRow(*row) for row in await connection.fetch(query, *listing.bound.values)]


async def lackings(connection: Connection, wanted: Wanted, moment: Moment, reach: Reach) -> int:
    """How many of *wanted* are not over."""
    listing = _Listing(wanted, moment, reach, "known_from", state=OPEN)
    query = _LACKINGS.format(found=listing.found, where=listing.where)
    count: int = await connection.fetchval(query, *listing.bound.values)
    return count


# -------------------------------------------------------------------------------------------- restricted
_RESTRICTED: Final = """
SELECT id FROM agreement WHERE id = ANY($1::text[]) AND visibility = 'restricted' ORDER BY id
"""


async def restricted(connection: Connection, agreements: Sequence[str]) -> list[str]:
    """Those of *agreements* that are restricted."""
    return [row["id"] for row in await connection.fetch(_RESTRICTED, agreements)]


# ------------------------------------------------------------------------------------------ of late
_SHARED_TEXTS: Final = "SELECT count(*) FROM text_group WHERE public + network + restricted > 1"
_TOLD: Final = """
SELECT e.type, count(*) FROM (
    SELECT position, type FROM entry WHERE registered_at >= $1
    ORDER BY registered_at DESC, position DESC LIMIT $2) e
JOIN feed_item f ON f.position = e.position AND NOT (f.item ->> 'backfill')::boolean
GROUP BY e.type
"""
_TURNED: Final = """
SELECT (SELECT count(*) FROM review WHERE opened_at >= $1),
    (SELECT count(*) FROM review WHERE closed_at >= $1)
"""


async def shared_texts(connection: Connection) -> int:
    """How many texts two or more agreements have. For those who see everything."""
    count: int = await connection.fetchval(_SHARED_TEXTS)
    return count


async def told_since(connection: Connection, instant: datetime) -> dict[str, int]:
    """How many notices of each type were registered since *instant*, history being loaded left out."""
    rows = await connection.fetch(_TOLD, instant, MOST_RECENT)
    return {row[0]: row[1] for row in rows}


async def reviews_since(connection: Connection, instant: datetime) -> tuple[int, int]:
    """How many entries of the review list were opened, and closed, since *instant*."""
    [row] = await connection.fetch(_TURNED, instant)
    return row[0], row[1]
