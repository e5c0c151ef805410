"""Counts of agreements on any day, as known at any moment, taken from what holds on each day."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec

from services.registry.queries.filters import ALIVE, Bound, Span, Wanted, exceptions, facets, of_days
from services.registry.queries.moments import Moment
from services.registry.queries.reach import NEWEST, Connection, Reach

EXPIRING_DAYS: Final = 90
Grouped = Literal["country", "mesoregion", "theme", "sdg", "instrument", "gate", "partner", "member"]
"""What counts are kept by as a facet."""


class Figures(msgspec.Struct, frozen=True):
    """Agreements by what they count for, under one key."""

    key: str
    signed: int = 0
    in_force: int = 0
    negotiating: int = 0
    unilateral: int = 0
    expiring: int = 0


_COLUMNS: Final = "known_from, state, counted, signed_from, signed_on, ends_on, amounts"
_SIGNED: Final = "found.counted = 'agreement' AND found.signed_from <= {day}"
FIGURES: Final = f"""
    count(*) FILTER (WHERE {_SIGNED}) AS signed,
    count(*) FILTER (WHERE found.counted = 'agreement' AND found.state = 'in_force') AS in_force,
    count(*) FILTER (WHERE found.counted = 'agreement'
        AND found.state IN ('negotiating', 'under_review', 'ready_to_sign')) AS negotiating,
    count(*) FILTER (WHERE found.counted = 'unilateral' AND found.signed_from <= {{day}}) AS unilateral,
    count(*) FILTER (WHERE found.counted = 'agreement' AND found.{ALIVE}
        AND found.ends_on <= {{day}} + {EXPIRING_DAYS}) AS expiring"""
_COUNTED: Final = """
SELECT {key} AS key, {figures}
FROM {found}{joins}
WHERE {where}
GROUP BY {group}
ORDER BY {group}
"""
_ALL: Final = "({0}) found"
_KEY: Final = "\nJOIN ({0}) key ON key.known_from = found.known_from"
_IF_ANY: Final = "\nLEFT JOIN ({0}) key ON key.known_from = found.known_from"
# For each of few, by an index: not left to the planner, who knows nothing of two tables together.
_OF_FEW: Final = "({0}) key CROSS JOIN {1}"
EACH: Final = """LATERAL (SELECT * FROM ({0}) every WHERE every.known_from = key.known_from OFFSET 0) {1}"""
_FILTER: Final = "\nJOIN ({0}) also{1} ON also{1}.known_from = found.known_from"


class Counted(msgspec.Struct, frozen=True):
    """Which agreements are counted, on which day as known when, for whom."""

    wanted: Wanted
    moment: Moment
    reach: Reach


class Counting:
    """A query about all agreements that are asked for, put together."""

    def __init__(self, asked: Counted) -> None:
        self.bound = Bound()
        self.span = Span.of(self.bound, asked.moment, 0, NEWEST)
        self.where = list(exceptions(asked.wanted, asked.reach, self.bound, self.span))
        conditions = " AND ".join(of_days(asked.wanted, self.bound, self.span)) or "true"
        self._segments = self.span.rows("segment", conditions, _COLUMNS)
        self._joins = "".join(
            _FILTER.format(query, place)
            for place, query in enumerate(facets(asked.wanted, self.bound, self.span))
        )

    def query(
        self, key: str, *, few: str | None = None, join: str = "", figures: str = FIGURES, group: str = "1"
    ) -> str:
        """*figures* by *key*; *few* or *join* bring along the table that the keys stand in."""
        return _COUNTED.format(
            key=key,
            figures=figures.format(day=self.span.day),
            found=_ALL.format(self._segments)
            if few is None
            else _OF_FEW.format(few, EACH.format(self._segments, "found")),
            joins=join + self._joins,
            where="\n  AND ".join(self.where) or "true",
            group=group,
        )

    def signed(self) -> str:
        """The condition that an agreement counts as signed on the day."""
        return _SIGNED.format(day=self.span.day)

    def keys(self, where: str, columns: str, *, ever: bool = False) -> str:
        """A join with the facets for which *where* holds."""
        return _KEY.format(self.span.rows("facet", where, columns, ever=ever))


async def total(connection: Connection, asked: Counted) -> Figures:
    """All of them, each once."""
    counting = Counting(asked)
    rows = await connection.fetch(counting.query("''::text"), *counting.bound.values)
    return Figures(*rows[0]) if rows else Figures("")


async def by_state(connection: Connection, asked: Counted) -> list[Figures]:
    """By the state on the day."""
    counting = Counting(asked)
    rows = await connection.fetch(counting.query("found.state"), *counting.bound.values)
    return [Figures(*row) for row in rows]


async def by_kind(connection: Connection, asked: Counted) -> list[Figures]:
    """By the kind of member whose agreement it is: all three in one go."""
    counting = Counting(asked)
    others = counting.span.rows("facet", "name = 'kind'", "known_from, value")
    query = counting.query("coalesce(key.value, 'municipality')", join=_IF_ANY.format(others))
    return [Figures(*row) for row in await connection.fetch(query, *counting.bound.values)]


async def by_month(connection: Connection, asked: Counted) -> list[Figures]:
    """By the month of the signature, or its year where no more is told; none of unknown date."""
    counting = Counting(asked)
    counting.where += ["found.signed_on IS NOT NULL", f"found.signed_from <= {counting.span.day}"]
    rows = await connection.fetch(counting.query("left(found.signed_on, 7)"), *counting.bound.values)
    return [Figures(*row) for row in rows]


async def by_facet(
    connection: Connection, name: Grouped, asked: Counted, keys: Sequence[str] | None = None
) -> list[Figures]:
    """By each value of a facet, in its order; *keys*: none but these."""
    counting = Counting(asked)
    join = counting.keys(_named(counting.bound, name, keys), "known_from, value")
    rows = await connection.fetch(counting.query("key.value", join=join), *counting.bound.values)
    return [Figures(*row) for row in rows]


class Sum(msgspec.Struct, frozen=True):
    """What the amounts under one key come to, in one currency."""

    key: str
    currency: str
    amount: Decimal


_SUMS: Final = """
    amount ->> 'currency' AS currency, sum((amount ->> 'value')::numeric) AS amount"""
_AMOUNTS: Final = "\nCROSS JOIN LATERAL jsonb_array_elements(found.amounts) amount"


async def amounts(
    connection: Connection,
    asked: Counted,
    by: Grouped | Literal["state", "month"] | None,
    keys: Sequence[str] | None = None,
) -> list[Sum]:
    """The amounts of all that count as agreements, whatever their state, by key and currency.

    *keys*: of none but these; *by* nothing: of all together.
    """
    counting = Counting(asked)
    counting.where += ["found.amounts IS NOT NULL", "found.counted = 'agreement'"]
    join = ""
    match by:
        case None:
            key = "''::text"
        case "state":
            key = "found.state"
        case "month":
            key = "left(found.signed_on, 7)"
            counting.where += ["found.signed_on IS NOT NULL", f"found.signed_from <= {counting.span.day}"]
        case _:
            key = "key.value"
            join = counting.keys(_named(counting.bound, by, keys), "known_from, value")
    query = counting.query(key, join=join + _AMOUNTS, figures=_SUMS, group="1, 2")
    return [Sum(*row) for row in await connection.fetch(query, *counting.bound.values)]


def _named(bound: Bound, name: str, keys: Sequence[str] | None) -> str:
    where = f"name = {bound(name)}"
    return where if keys is None else f"{where} AND value = ANY({bound(keys, 'text[]')})"


_KEYS: Final = """
SELECT value FROM ({values}) key
WHERE {kind} IS NULL OR value IN (SELECT id FROM member WHERE kind = {kind})
GROUP BY value ORDER BY value LIMIT {limit}
"""


async def keys_of(
    connection: Connection, name: Grouped, moment: Moment, *, after: str, limit: int, kind: str | None
) -> list[str]:
    """Values of a facet in order, from *after* on; *kind*: only those that are members of that kind."""
    bound = Bound()
    span = Span.of(bound, moment, 0, NEWEST)
    query = _KEYS.format(
        values=span.rows("facet", f"name = {bound(name)} AND value > {bound(after)}", "value"),
        kind=bound(kind),
        limit=bound(limit, "bigint"),
    )
    return [row["value"] for row in await connection.fetch(query, *bound.values)]


# A count over everything hashes a row for each agreement: in memory, and on more than one core.
_PREPARE: Final = "SET LOCAL work_mem = '64MB'; SET LOCAL max_parallel_workers_per_gather = 2"


async def prepare_to_count(connection: Connection) -> None:
    """Let the rest of the transaction use what a count over everything takes."""
    await connection.execute(_PREPARE)
