"""Counts by year and by month, as columns to look at. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

LEAST_YEARS: Final = 10
MONTHS_SHOWN: Final = 24
_LAST_MONTH: Final = 12


class Column(msgspec.Struct, frozen=True):
    """A year or a month (`2026`, `2026-11`), how many agreements, and its height in percent."""

    key: str
    n: int
    height: float


def by_year(signed: Iterable[tuple[str, int]], until: date) -> list[Column]:
    """*signed* are (month or year as told, number); every year up to that of *until*, ten at least."""
    years: Counter[int] = Counter()
    for told, n in signed:
        years[int(told[:4])] += n
    if not years:
        return []
    last = max(until.year, *years)
    first = min(last - LEAST_YEARS + 1, *years)
    return _columns([(str(year), years[year]) for year in range(first, last + 1)])


def by_month(signed: Iterable[tuple[str, int]], until: date) -> list[Column]:
    """The same of the last two years by month; what is known by its year alone is in none of them."""
    told = dict(signed)
    last = until.year * _LAST_MONTH + until.month - 1
    keys = [
        f"{month // _LAST_MONTH:04d}-{month % _LAST_MONTH + 1:02d}"
        for month in range(last - MONTHS_SHOWN + 1, last + 1)
    ]
    columns = _columns([(key, told.get(key, 0)) for key in keys])
    return columns if any(column.n for column in columns) else []


def _columns(counts: list[tuple[str, int]]) -> list[Column]:
    most = max((n for _, n in counts), default=0) or 1
    return [Column(key, n, round(100 * n / most, 1)) for key, n in counts]
