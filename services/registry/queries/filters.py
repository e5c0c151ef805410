"""What an agreement is found by: each filter is a source of `known_from`, the order of lists.

Sources hold every agreement at most once on one day, are read from an index in that order, and are joined:
merging two of them costs a fraction of a microsecond for each row, found or not.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from services.registry.queries.moments import Moment
from services.registry.queries.reach import Reach

FACETS: Final = (
    "member", "mesoregion", "country", "theme", "sdg", "instrument", "gate", "partner", "parent",
)  # fmt: skip
NARROW: Final = frozenset({"subject", "partner", "parent"})
"""What these name has few agreements: all of them are looked at in one go."""
_VISIBILITIES: Final = ("public", "network", "restricted")


class Wanted(msgspec.Struct, frozen=True):
    """Which agreements are wanted; None: any. Days are included, but for *expires_before*."""

    member: str | None = None
    subject: str | None = None
    mesoregion: str | None = None
    country: str | None = None
    theme: str | None = None
    sdg: str | None = None
    instrument: str | None = None
    state: str | None = None
    gate: str | None = None
    partner: str | None = None
    parent: str | None = None
    kind: str | None = None
    missing: str | None = None
    expires_before: date | None = None
    signed_from: date | None = None
    signed_until: date | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether one of the filters leaves few by itself."""
        return any(getattr(self, name) is not None for name in NARROW)


class Bound:
    """The parameters of a query while it is put together."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def __call__(self, value: Any, type_: str = "text") -> str:
        """The place of *value* in the query."""
        self.values.append(value)
        return f"${len(self.values)}::{type_}"


class Span(msgspec.Struct, frozen=True):
    """The places of a day and of the `known_from` in [low, high); *position*: as known at it."""

    day: str
    low: str
    high: str
    position: str | None

    @classmethod
    def of(cls, bound: Bound, moment: Moment, low: int, high: int) -> "Span":
        """The places, with their values."""
        return cls(
            bound(moment.as_of, "date"),
            bound(low, "bigint"),
            bound(high, "bigint"),
            None if moment.position is None else bound(moment.position, "bigint"),
        )

    def rows(self, table: str, where: str, columns: str = "known_from", *, ever: bool = False) -> str:
        """*columns* of *table* on the day, or *ever*, where *where* holds, as known."""
        known = table
        if self.position is not None:
            known = _THEN.format(table=table)
            where = f"{where} AND since <= {self.position} AND until > {self.position}"
        if not ever:
            where = f"{where} AND from_day <= {self.day} AND to_day > {self.day}"
        return (
            f"SELECT {columns} FROM {known} WHERE {where}"  # noqa: S608 - constants of this package
            f" AND known_from >= {self.low} AND known_from < {self.high}"
        )


# Conditions stand outside, where the planner takes them to both tables and joins each by its indexes.
_THEN: Final = (
    "(SELECT *, 9223372036854775807 AS until FROM {table} UNION ALL SELECT * FROM {table}_past) {table}"
)


def sources(wanted: Wanted, bound: Bound, span: Span) -> Iterator[str]:
    """A query for each filter, of the `known_from` of what it lets through."""
    yield from facets(wanted, bound, span)
    if conditions := list(of_days(wanted, bound, span)):
        yield span.rows("segment", " AND ".join(conditions))


def facets(wanted: Wanted, bound: Bound, span: Span) -> Iterator[str]:
    """The same for the filters that are not about the state of a day."""
    if wanted.subject is not None:
        yield _agreements(f"subject = {bound(wanted.subject)}", span)
    for name in FACETS:
        value = getattr(wanted, name)
        if value is not None:
            yield span.rows("facet", f"name = '{name}' AND value = {bound(value)}")
    if wanted.kind not in {None, "municipality"}:
        yield span.rows("facet", f"name = 'kind' AND value = {bound(wanted.kind)}")
    if wanted.missing is not None and span.position is None:
        yield _agreements(f"missing @> ARRAY[{bound(wanted.missing)}]", span)


def _agreements(where: str, span: Span) -> str:
    return (
        f"SELECT known_from FROM agreement WHERE {where}"  # noqa: S608 - constants of this package
        f" AND known_from >= {span.low} AND known_from < {span.high}"
    )


def everything(span: Span) -> str:
    """A query of the `known_from` of all agreements."""
    return _agreements("true", span)


def exceptions(wanted: Wanted, reach: Reach, bound: Bound, span: Span) -> Iterator[str]:
    """A condition on `found.known_from` for whatever is to be left out though the sources have it."""
    if wanted.kind == "municipality":
        others = span.rows("facet", "name = 'kind' AND value IN ('state', 'organisation')")
        yield _without(others)
    if reach.visibilities is not None:
        hidden = [name for name in _VISIBILITIES if name not in reach.visibilities]
        where = f"visibility <> 'public' AND visibility = ANY({bound(hidden, 'text[]')})"
        if reach.own is not None:
            where += f" AND member <> {bound(reach.own)}"
        yield _without(_agreements(where, span))


def _without(query: str) -> str:
    return f"NOT EXISTS (SELECT FROM ({query}) other WHERE other.known_from = found.known_from)"


ALIVE: Final = "state IN ('signed', 'in_force', 'suspended')"


def of_days(wanted: Wanted, bound: Bound, span: Span) -> Iterator[str]:
    """Conditions on the segment of the day. The states are named wherever they follow: the index has them."""
    if wanted.state is not None:
        yield f"state = {bound(wanted.state)}"
    if wanted.expires_before is not None:
        # What is alive has not ended yet: said again, it makes of the index a range.
        yield f"{ALIVE} AND ends_on >= {span.day} AND ends_on < {bound(wanted.expires_before, 'date')}"
    if wanted.signed_from is None and wanted.signed_until is None:
        return
    yield f"signed_from <= {span.day}"
    if wanted.signed_from is not None:
        yield f"signed_on >= {bound(first_told(wanted.signed_from))}"
    if wanted.signed_until is not None:
        yield f"signed_on < {bound(first_told(wanted.signed_until + timedelta(1)))}"


def first_told(day: date) -> str:
    """What sorts first of all that may be told of *day*: a month or a year begins on its first day."""
    return day.isoformat().removesuffix("-01").removesuffix("-01")
