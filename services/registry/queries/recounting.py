"""The numbers of members counted anew, for any day as known at any moment."""

from collections.abc import Sequence
from typing import Final

from services.registry.queries.counting import FIGURES, Counted, Counting
from services.registry.queries.of_members import Count
from services.registry.queries.reach import Connection
from shared.data import STATE

_MEASURES: Final = {
    "signed": "signed_ever",
    "in_force": "in_force",
    "negotiating": "negotiating",
    "unilateral": "unilateral",
    "expiring": "expiring_90_days",
    "mandate": "signed_mandate",
}
_MANDATE: Final = """,
    count(*) FILTER (WHERE {signed} AND found.signed_on >=
        CASE key.value WHEN {state} THEN {state_mandate} ELSE {mandate} END) AS mandate"""


async def recounted(
    connection: Connection, members: Sequence[str], asked: Counted, *, mandate: str, state_mandate: str
) -> list[Count]:
    """What `counts` would say of *members*, apart from whether anything is known of them.

    Mandates begin on days that are given as they are told.
    """
    counting = Counting(asked)
    begun = _MANDATE.format(
        signed=counting.signed(),
        state=counting.bound(STATE),
        state_mandate=counting.bound(state_mandate),
        mandate=counting.bound(mandate),
    )
    query = counting.query("key.value", join=_of(members, counting), figures=FIGURES + begun)
    return [
        Count(row["key"], measure, "", row[name])
        for row in await connection.fetch(query, *counting.bound.values)
        for name, measure in _MEASURES.items()
        if row[name]
    ] + await _parts(connection, members, asked)


_PARTS: Final = "\nJOIN ({0}) part ON part.known_from = found.known_from"


async def _parts(connection: Connection, members: Sequence[str], asked: Counted) -> list[Count]:
    """What was signed, by country and by theme."""
    counting = Counting(asked)
    counting.where.append(counting.signed())
    parts = counting.span.rows("facet", "name IN ('country', 'theme')", "known_from, name, value")
    query = counting.query(
        "key.value",
        join=_of(members, counting) + _PARTS.format(parts),
        figures="'by_' || part.name, part.value, count(*)",
        group="1, 2, 3",
    )
    return [Count(*row) for row in await connection.fetch(query, *counting.bound.values)]


async def known_of(connection: Connection, members: Sequence[str], asked: Counted) -> list[Count]:
    """Of which of *members* anything is known: an agreement that was told, and is theirs on whatever day."""
    counting = Counting(asked)
    counting.where.append("found.counted <> 'untold'")
    query = counting.query("key.value", join=_of(members, counting, ever=True), figures="count(*)")
    return [Count(key, "known", "", n) for key, n in await connection.fetch(query, *counting.bound.values)]


def _of(members: Sequence[str], counting: Counting, *, ever: bool = False) -> str:
    where = f"name = 'member' AND value = ANY({counting.bound(members, 'text[]')})"
    return counting.keys(where, "known_from, value", ever=ever)
