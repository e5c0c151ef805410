"""What a day brings about, by the dates alone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.registry.folding.rules import NO_RULES
from services.registry.watch import almanac
from shared.notices.envelope import Notice
from tests.support.told import agreement_of, signed, told


def announced(day: str, *notices: Notice) -> list[tuple[str, dict[str, object]]]:
    """The facts of *day*, with their data."""
    found = almanac.announcements(agreement_of(*notices), date.fromisoformat(day), NO_RULES)
    return [(told.fact, told.data) for told in found]


def test_a_day_begins_at_midnight_in_sao_paulo() -> None:
    """Minas Gerais keeps the clock of Sao Paulo; in the summers up to 2019 it was an hour ahead."""
    assert almanac.first_instant(date(2026, 11, 21)) == datetime(2026, 11, 21, 3, tzinfo=UTC)
    assert almanac.first_instant(date(2018, 12, 1)) == datetime(2018, 12, 1, 2, tzinfo=UTC)


def test_a_term_is_announced_180_90_and_30_days_before_its_last_day_and_when_it_is_over() -> None:
    """On those days and on no other."""
    found = signed(effective_on="2020-03-09", ends_on="2024-12-31")
    last = date(2024, 12, 31)
    told_on = {
        day: facts
        for n in range(-5, 200)
        if (facts := announced((day := (last - timedelta(n)).isoformat()), found))
    }
    assert told_on == {
        "2024-07-04": [("expiring", {"ends_on": "2024-12-31", "days": 180})],
        "2024-10-02": [("expiring", {"ends_on": "2024-12-31", "days": 90})],
        "2024-12-01": [("expiring", {"ends_on": "2024-12-31", "days": 30})],
        "2025-01-01": [("expired", {"ends_on": "2024-12-31"})],
    }


def test_a_reduced_date_is_announced_as_it_was_told() -> None:
    """A term that ends in 2024 ends with the year, and nobody is told more than that."""
    found = signed(effective_on="2020", ends_on="2024")
    assert announced("2025-01-01", found) == [("expired", {"ends_on": "2024"})]
    assert announced("2024-12-01", found) == [("expiring", {"ends_on": "2024", "days": 30})]


def test_an_entry_into_force_is_a_start_not_a_return() -> None:
    """What was suspended and resumes, or expired and was renewed, has entered into force before."""
    begun = signed(effective_on="2020-04-01", ends_on="2022-03-31")
    assert announced("2020-04-01", begun) == [("entered_into_force", {"effective_on": "2020-04-01"})]
    rest = (told("suspended", effective_on="2020-06-01"), told("resumed", effective_on="2020-07-01"))
    assert announced("2020-07-01", begun, *rest) == []
    renewed = told("renewed", signed_on="2022-05-01", ends_on="2030-01-01")
    assert announced("2022-05-01", begun, renewed) == []


def test_an_amendment_expires_unannounced() -> None:
    """Its agreement is announced, not its papers."""
    assert announced("2025-01-01", signed(instrument="ADT", ends_on="2024-12-31")) == []


def test_only_what_is_still_true_is_left_and_as_it_was_known() -> None:
    """The words are those of the day, so that a second try says the same."""
    then = [
        almanac.Announcement("expired", "2025-01-01", {"ends_on": "2024"}),
        almanac.Announcement("expiring", "2025-01-01/90", {}),
    ]
    now = [almanac.Announcement("expired", "2025-01-01", {"ends_on": "2024-12-31"})]
    assert almanac.common(then, now) == then[:1]


def test_every_municipality_falls_silent_on_one_day_and_only_one() -> None:
    """Leap years included: the spans of two days never overlap, and leave nothing out."""
    day = date(2023, 12, 30)
    _, until = almanac.fell_silent(day)
    while day < date(2029, 1, 2):
        day += timedelta(1)
        since, next_until = almanac.fell_silent(day)
        assert since == until
        until = next_until


@pytest.mark.parametrize(
    ("day", "terms", "found"),
    [
        (date(2026, 5, 19), [14], [date(2026, 5, 4)]),
        (date(2026, 6, 15), [14], [date(2026, 5, 1), date(2026, 5, 31)]),
        (date(2027, 1, 15), [14], [date(2026, 1, 1), date(2026, 12, 1), date(2026, 12, 31)]),
        (date(2026, 5, 19), [], []),
    ],
)
def test_what_began_in_a_month_or_a_year_alone_counts_from_its_last_day(
    day: date, terms: list[int], found: list[date]
) -> None:
    """It is kept under its first day, and must be found there."""
    assert almanac.beginnings(day, terms) == found
