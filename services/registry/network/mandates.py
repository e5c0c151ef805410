"""How long a mandate lasts, and with it the accounts of those who came in under it."""

from datetime import date, timedelta
from typing import Final, Literal

AFTERWARDS: Final = timedelta(days=30)
"""How long an account outlives its mandate: who leaves hands over."""
STATE_BEGAN: Final = date(2023, 1, 1)
"""The last mandate of the state that began on the first of January (Constitutional Amendment 111/2021)."""
_YEARS: Final = 4

Kind = Literal["municipality", "state", "organisation"]


def mandate_began(kind: Kind, day: date) -> date | None:
    """The first day of the mandate that runs on *day*; None for an organisation, which has none."""
    last = mandate_ends(kind, day)
    if last is None:
        return None
    if kind == "municipality":
        return date(last.year - _YEARS + 1, 1, 1)
    began = date(last.year - _YEARS, 1, 6)
    return STATE_BEGAN if began.year == STATE_BEGAN.year else began


def mandate_ends(kind: Kind, day: date) -> date | None:
    """The last day of the mandate that runs on *day*; None for an organisation.

    Mayors go on 31 December of 2028, 2032, …; governors, since Constitutional Amendment 111/2021, on
    5 January of 2027, 2031, …
    """
    if kind == "municipality":
        return date(day.year + -day.year % _YEARS, 12, 31)
    if kind == "state":
        year = day.year + (3 - day.year) % _YEARS
        last = date(year, 1, 5)
        return last if day <= last else date(year + _YEARS, 1, 5)
    return None


def account_ends(kind: Kind, day: date) -> date | None:
    """The last day of an account that is opened or renewed on *day*; None: it goes on."""
    last = mandate_ends(kind, day)
    return None if last is None else last + AFTERWARDS
