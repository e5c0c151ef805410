"""The numbers of members counted anew, for any day as known at any moment."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.registry.queries.counting import EACH, FIGURES, Counted, Counting
from services.registry.queries.filters import Bound, Span
from services.registry.queries.of_members import Count
from services.registry.queries.reach import NEWEST, Connection
from shared.data import STATE

FEW: Final = 5_000
"""Shares in agreements: for so many each is looked up; for more, all agreements are gone through."""
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
    shares = await _shares_of(connection, members, asked)
    counting = Counting(asked)
    begun = _MANDATE.format(
        signed=counting.signed(),
        state=counting.bound(STATE),
        state_mandate=counting.bound(state_mandate),
        mandate=counting.bound(mandate),
    )
    few, join = shares.joined(counting)
    query = counting.query("key.value", few=few, join=join, figures=FIGURES + begun)
    return [
        Count(row["key"], measure, "", row[name])
        for row in await connection.fetch(query, *counting.bound.values)
        for name, measure in _MEASURES.items()
        if row[name]
    ] + await _parts(connection, shares, asked)


async def known_of(connection: Connection, members: Sequence[str], asked: Counted) -> list[Count]:
    """Of which of *members* anything is known: an agreement that was told, and is theirs on whatever day."""
    counting = Counting(asked)
    counting.where.append("found.counted <> 'untold'")
    join = counting.keys(_named(members, counting.bound), "known_from, value", ever=True)
    query = counting.query("key.value", join=join, figures="count(*)")
    return [Count(key, "known", "", n) for key, n in await connection.fetch(query, *counting.bound.values)]


class _Shares(NamedTuple):
    """What *members* have a share in on the day: *found*, if it is few, as (member, known_from)."""

    members: Sequence[str]
    found: list[tuple[str, int]] | None

    def joined(self, counting: Counting) -> tuple[str | None, str]:
        """Them by member: as the few that a count begins with, or else as a join."""
        if self.found is None:
            return None, counting.keys(_named(self.members, counting.bound), "known_from, value")
        members = counting.bound([member for member, _ in self.found], "text[]")
        known_from = counting.bound([known_from for _, known_from in self.found], "bigint[]")
        return _GIVEN.format(members, known_from), ""


_SHARES: Final = "SELECT value, known_from FROM ({0}) share LIMIT {1}"
_GIVEN: Final = "SELECT * FROM unnest({0}, {1}) AS share (value, known_from)"


async def _shares_of(connection: Connection, members: Sequence[str], asked: Counted) -> _Shares:
    bound = Bound()
    span = Span.of(bound, asked.moment, 0, NEWEST)
    query = _SHARES.format(span.rows("facet", _named(members, bound), "value, known_from"), FEW + 1)
    found = [(row[0], row[1]) for row in await connection.fetch(query, *bound.values)]
    return _Shares(members, found if len(found) <= FEW else None)


_PARTS: Final = "\nJOIN ({0}) part ON part.known_from = found.known_from"
_PARTS_OF_FEW: Final = "\nCROSS JOIN {0}"


async def _parts(connection: Connection, shares: _Shares, asked: Counted) -> list[Count]:
    """What was signed, by country and by theme."""
    counting = Counting(asked)
    counting.where.append(counting.signed())
    parts = counting.span.rows("facet", "name IN ('country', 'theme')", "known_from, name, value")
    few, join = shares.joined(counting)
    join += _PARTS.format(parts) if few is None else _PARTS_OF_FEW.format(EACH.format(parts, "part"))
    query = counting.query(
        "key.value", few=few, join=join, figures="'by_' || part.name, part.value, count(*)", group="1, 2, 3"
    )
    return [Count(*row) for row in await connection.fetch(query, *counting.bound.values)]


def _named(members: Sequence[str], bound: Bound) -> str:
    return f"name = 'member' AND value = ANY({bound(members, 'text[]')})"
