"""Everything that a page about a place counts, in two looks at what is there instead of ten."""

from typing import Final

import asyncpg
import msgspec

from services.registry.queries.counting import FIGURES, Counted, Counting, Figures
from services.registry.queries.reach import Connection

GROUPED: Final = ("country", "theme", "sdg", "mesoregion")


class Survey(msgspec.Struct, frozen=True):
    """Agreements of municipalities, and those of others; keys are in no order."""

    totals: dict[str, Figures]
    """By the kind of member whose they are."""
    states: dict[str, Figures]
    """The municipalities' by their state on the day."""
    signed: dict[str, dict[str, int]]
    """Of the municipalities', how many are signed, by what they are grouped by, and by month."""
    takers: dict[str, int]
    """How many signed ones each member takes part in, whoever owns them."""


_MUNICIPAL: Final = "municipality"
_BY_KIND: Final = f"coalesce(kind.value, '{_MUNICIPAL}')"
_KINDS: Final = "\nLEFT JOIN ({0}) kind ON kind.known_from = found.known_from"


async def survey(connection: Connection, asked: Counted) -> Survey:
    """Count all that are wanted, whoever owns them; *asked* names no kind."""
    totals: dict[str, Figures] = {}
    states: dict[str, Figures] = {}
    months: dict[str, int] = {}
    for kind, state, month, *counted in await _lives(connection, asked):
        figures = Figures("", *counted)
        totals[kind] = _sum(totals.get(kind), figures, kind)
        if kind == _MUNICIPAL:
            states[state] = _sum(states.get(state), figures, state)
            if month is not None and figures.signed:
                months[month] = months.get(month, 0) + figures.signed
    signed: dict[str, dict[str, int]] = {name: {} for name in GROUPED} | {"month": months}
    takers: dict[str, int] = {}
    for name, value, municipal, n in await _facets(connection, asked):
        if name == "member":
            takers[value] = n
        elif municipal:
            signed[name][value] = municipal
    return Survey(totals, states, signed, takers)


async def _lives(connection: Connection, asked: Counted) -> list[asyncpg.Record]:
    """By kind, state and month of the signature: each agreement once."""
    counting = Counting(asked)
    query = counting.query(
        f"{_BY_KIND}, found.state, left(found.signed_on, 7)",
        join=_KINDS.format(counting.span.rows("facet", "name = 'kind'", "known_from, value")),
        figures=FIGURES.format(day=counting.span.day),
        group="1, 2, 3",
    )
    return await connection.fetch(query, *counting.bound.values)


async def _facets(connection: Connection, asked: Counted) -> list[asyncpg.Record]:
    """By each value of what they are grouped by, and by member: the municipalities', and all."""
    counting = Counting(asked)
    counting.where.append(counting.signed())
    names = counting.bound([*GROUPED, "member"], "text[]")
    kinds = _KINDS.format(counting.span.rows("facet", "name = 'kind'", "known_from, value"))
    query = counting.query(
        "key.name, key.value",
        join=counting.keys(f"name = ANY({names})", "known_from, name, value") + kinds,
        figures=f"count(*) FILTER (WHERE {_BY_KIND} = '{_MUNICIPAL}') AS municipal, count(*) AS n",
        group="1, 2",
    )
    return await connection.fetch(query, *counting.bound.values)


def _sum(one: Figures | None, other: Figures, key: str) -> Figures:
    if one is None:
        return msgspec.structs.replace(other, key=key)
    counted = zip(msgspec.structs.astuple(one)[1:], msgspec.structs.astuple(other)[1:], strict=True)
    return Figures(key, *(a + b for a, b in counted))
