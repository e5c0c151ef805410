"""What a day brings about for an agreement, by the dates alone. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from services.registry.folding.agreement import ALIVE, BEFORE_SIGNATURE, Agreement
from services.registry.folding.rules import Rules
from shared.notices.dates import TIMEZONE
from shared.notices.families.fact import read_date

EXPIRING_DAYS: Final = (180, 90, 30)
_ONE_DAY: Final = timedelta(days=1)


class Announcement(NamedTuple):
    """A fact of the family ``clock``; *about* names it among those of its agreement, for ever."""

    fact: str
    about: str
    data: dict[str, Any]


def first_instant(day: date) -> datetime:
    """When *day* begins in America/Sao_Paulo."""
    return datetime.combine(day, time.min, TIMEZONE).astimezone(UTC)


def announcements(agreement: Agreement, day: date, rules: Rules) -> Iterator[Announcement]:
    """What is to be announced of *agreement* on *day*; an amendment is never announced."""
    if not agreement.told or not agreement.counted:
        return
    before, now = agreement.on(day - _ONE_DAY), agreement.on(day)
    if now.data.get("instrument") == "ADT":
        return
    starts, ends = read_date(now.data.get("effective_on")), read_date(now.data.get("ends_on"))
    if now.state == "in_force" and before.state in BEFORE_SIGNATURE | {"signed"}:
        told = starts.text if starts is not None and starts.first_day == day else day.isoformat()
        yield Announcement("entered_into_force", f"{day}", {"effective_on": told})
    if now.state == "expired" and before.state in ALIVE and ends is not None:
        yield Announcement("expired", f"{day}", {"ends_on": ends.text})
    if now.state in ALIVE and ends is not None and (left := (ends.last_day - day).days) in EXPIRING_DAYS:
        yield Announcement("expiring", f"{day}/{left}", {"ends_on": ends.text, "days": left})
    for term in rules.overdue(agreement, day):
        if term.due_on == day - _ONE_DAY:
            told_of = {"status": term.status, "body": term.body, "since": term.since}
            yield Announcement(
                "gate_overdue",
                f"{day}/{term.gate}/{term.clock}",
                {
                    "gate": term.gate,
                    "rule": term.clock,
                    "due_on": term.due_on.isoformat(),
                    **{name: value for name, value in told_of.items() if value is not None},
                },
            )


def common(then: Iterable[Announcement], now: Iterable[Announcement]) -> list[Announcement]:
    """What was known when the day began and is still true: as it was known."""
    still = {(told.fact, told.about) for told in now}
    return [told for told in then if (told.fact, told.about) in still]


def a_year_before(day: date) -> date:
    """The same day a year earlier; of a 29 February the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def fell_silent(day: date) -> tuple[datetime, datetime]:
    """Who was last heard at an instant [from, until) has on *day* not been heard for 12 months."""
    return (
        first_instant(a_year_before(day - _ONE_DAY) + _ONE_DAY),
        first_instant(a_year_before(day) + _ONE_DAY),
    )


def beginnings(day: date, terms_days: Iterable[int]) -> list[date]:
    """The first days of what began so long ago that one of its *terms_days* ran out just before *day*.

    A month or a year alone counts from its last day and is kept under its first.
    """
    found = set()
    for days in terms_days:
        last = day - timedelta(days + 1)
        found.add(last)
        if (last + _ONE_DAY).day == 1:
            found.add(last.replace(day=1))
            if last.month == 12:  # noqa: PLR2004 - December
                found.add(last.replace(month=1, day=1))
    return sorted(found)
