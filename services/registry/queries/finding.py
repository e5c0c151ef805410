"""Finds a page of agreements, the newest known first, at a bounded cost, however large the registry is.

The time line of positions is looked at in spans, the newest first, as wide as the time allows.
A page that is full ends the search, and so does the budget: the next page goes on from where this one ended.
An empty page would tell its reader nothing, so the search for the first of it has more patience.
"""

from collections.abc import Iterator
from time import perf_counter
from typing import Final

import msgspec

from services.registry.queries.filters import Bound, Span, Wanted, everything, exceptions, sources
from services.registry.queries.moments import Moment
from services.registry.queries.reach import Connection, Reach
from services.registry.queries.search import ALONE, SOURCE, Meaning
from services.registry.queries.search import FIRST_SPAN as FIRST_SPAN_OF_WORDS

FIRST_SPAN: Final = 65_536
FIRST_SPAN_THEN: Final = 16_384
"""Positions, of what is known now and was known then. So many are always looked at as a whole."""
GROWTH: Final = 4
LEAST_GROWTH: Final = 0.1
BUDGET_SECONDS: Final = 0.02
PATIENCE_SECONDS: Final = 1.0
_LOW, _HIGH = 1, 2


class Found(msgspec.Struct, frozen=True):
    """Agreements by their `known_from`, in order; *reached*: nothing was looked at below it. 0: complete."""

    known_from: list[int]
    reached: int = 0


async def find(
    connection: Connection,
    wanted: Wanted,
    moment: Moment,
    *,
    before: int,
    limit: int,
    reach: Reach,
    meaning: Meaning | None = None,
) -> Found:
    """The *limit* newest agreements known first before the position *before*; with the words of *meaning*.

    To be called in a transaction.
    """
    known: int = await connection.fetchval(_HEAD) if moment.position is None else moment.position
    high = min(before, known + 1)
    bound = Bound()
    query = _query(wanted, moment, reach, meaning, bound)
    width = _first_width(wanted, moment, meaning, high)
    found: list[int] = []
    began = perf_counter()
    while True:
        low = max(0, high - width)
        bound.values[_LOW : _HIGH + 1] = low, high
        asked = perf_counter()
        rows = await connection.fetch(query, *bound.values, limit - len(found))
        found += [row["known_from"] for row in rows]
        if len(found) == limit or low == 0:
            return Found(found)
        now = perf_counter()
        left = (BUDGET_SECONDS if found else PATIENCE_SECONDS) - (now - began)
        growth = min(GROWTH, left / (now - asked))
        if growth < LEAST_GROWTH:
            return Found(found, low)
        high, width = low, int(width * growth)


def _first_width(wanted: Wanted, moment: Moment, meaning: Meaning | None, everything: int) -> int:
    if wanted.is_narrow or (meaning is not None and meaning.keys is not None):
        return everything
    if meaning is not None and meaning.query:
        return FIRST_SPAN_OF_WORDS
    return FIRST_SPAN if moment.position is None else FIRST_SPAN_THEN


_HEAD: Final = "SELECT position FROM head"
_ALL: Final = """
SELECT found.known_from FROM ({first}) found{others}
WHERE {where}"""
_PAGE: Final = """{all}
ORDER BY found.known_from DESC
LIMIT {limit}
"""
# Nobody knows how common a value is in two tables together: a limit would make the planner expect it at once.
_PAGE_THEN: Final = """
WITH page AS MATERIALIZED ({all})
SELECT known_from FROM page ORDER BY known_from DESC LIMIT {limit}
"""
_JOIN: Final = "\nJOIN ({0}) also{1} ON also{1}.known_from = found.known_from"
_KEYS: Final = "SELECT known_from FROM unnest({0}) AS key (known_from) WHERE known_from < {1}"


def _query(wanted: Wanted, moment: Moment, reach: Reach, meaning: Meaning | None, bound: Bound) -> str:
    span = Span.of(bound, moment, 0, 0)
    found = list(sources(wanted, bound, span))
    if meaning is not None:
        found[:0] = _said(meaning, bound, span, alone=not found or meaning.is_sparse)
    first, *others = found or [everything(span)]
    # All parameters have to be used; so the span is said once more.
    where = [f"found.known_from >= {span.low}", f"found.known_from < {span.high}", f"{span.day} IS NOT NULL"]
    if span.position is not None:
        where.append(f"{span.position} IS NOT NULL")
    where += exceptions(wanted, reach, bound, span)
    every = _ALL.format(
        first=first,
        others="".join(_JOIN.format(other, place) for place, other in enumerate(others)),
        where="\n  AND ".join(where),
    )
    page = _PAGE if moment.position is None else _PAGE_THEN
    return page.format(all=every, limit=f"${len(bound.values) + 1}")


def _said(meaning: Meaning, bound: Bound, span: Span, *, alone: bool) -> Iterator[str]:
    """A source of what has the words that are meant: those few, or whatever the index has of them."""
    if meaning.keys is not None:
        yield _KEYS.format(bound(meaning.keys, "bigint[]"), span.high)
    elif meaning.query:
        yield (ALONE if alone else SOURCE).format(query=bound(meaning.query), low=span.low, high=span.high)
