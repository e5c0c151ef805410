"""Business dates and instants."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notices.dates import (
    HOOKS,
    BadDate,
    ReducedDate,
    day_of,
    read_instant,
    told_by,
    write_instant,
)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1996", date(1996, 1, 1), date(1996, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2014-03-09", date(2014, 3, 9), date(2014, 3, 9)),
    ],
)
def test_a_reduced_date_spans_its_days_and_keeps_its_text(text: str, first: date, last: date) -> None:
    """A year alone is never shown as more than a year, and still has a first and a last day."""
    told = ReducedDate.parse(text)
    assert (told.first_day, told.last_day, str(told)) == (first, last, text)


@pytest.mark.parametrize(
    "text",
    ["", "14", "2014-3", "2014-13", "2014-00", "2014-02-30", "2014-03-00", "2014-03-09T00:00", " 2014",
     "2014\n", "٢٠١٤", "0000", "0206", "9999-12-31", "20140309"],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_a_sentence(text: str) -> None:
    """Look-alikes, slips of the pen and stand-ins for "no end" are told, never guessed at."""
    with pytest.raises(BadDate) as refused:
        ReducedDate.parse(text)
    assert refused.value.sentence.pt != refused.value.sentence.en


def test_reduced_dates_are_ordered_by_their_first_day() -> None:
    """The fold counts a reduced date from its first day."""
    texts = ["2014-03-09", "2014", "2013-12", "2014-03", "2015"]
    ordered = sorted(map(ReducedDate.parse, texts))
    assert [told.text for told in ordered] == ["2013-12", "2014", "2014-03", "2014-03-09", "2015"]


@given(st.dates(min_value=date(1500, 1, 1), max_value=date(2999, 12, 31)))
def test_every_day_can_be_told_to_the_day(day: date) -> None:
    """Reading back what a day writes gives the same day, equal and with the same hash."""
    told = ReducedDate.parse(day.isoformat())
    assert told == ReducedDate.of_day(day)
    assert hash(told) == hash(ReducedDate.of_day(day))
    assert not told.is_reduced


def test_a_month_or_year_to_come_is_refused() -> None:
    """A date to come is told to the day; the running month and year are not yet to come."""
    today = date(2026, 11, 21)
    assert told_by("2026", today).is_reduced
    assert told_by("2026-11", today).is_reduced
    assert told_by("2031-01-01", today).first_day.year == 2031
    for text in ("2026-12", "2027"):
        with pytest.raises(BadDate) as refused:
            told_by(text, today)
        assert refused.value.code == "reduced_date_ahead"


def test_msgspec_reads_writes_and_describes_a_reduced_date() -> None:
    """Payload structs hold reduced dates as a type of their own."""
    told = msgspec.json.decode(b'"2014-03"', type=ReducedDate, dec_hook=HOOKS.dec_hook)
    assert msgspec.json.encode(told, enc_hook=HOOKS.enc_hook) == b'"2014-03"'
    assert msgspec.json.schema(ReducedDate, schema_hook=HOOKS.schema_hook)["format"] == "reduced-date"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(2014, ReducedDate, dec_hook=HOOKS.dec_hook)


def test_a_business_day_is_a_day_in_sao_paulo() -> None:
    """Two hours past midnight in UTC is still the day before in Minas."""
    assert day_of(datetime(2026, 11, 21, 2, 0, tzinfo=UTC)) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-21T14:03:07-03:00", "2026-11-21T17:03:07Z"),
        ("2026-11-21t14:03:07z", "2026-11-21T14:03:07Z"),
        ("2026-11-21T14:03:07.5Z", "2026-11-21T14:03:07.500000Z"),
        ("2026-11-21T14:03:07.123456789Z", "2026-11-21T14:03:07.123456Z"),
    ],
)
def test_instants_are_utc_and_cut_to_microseconds(text: str, written: str) -> None:
    """However a sender writes an instant, the same one is kept."""
    assert write_instant(read_instant(text)) == written


@pytest.mark.parametrize(
    "text",
    ["2026-11-21", "2026-11-21T14:03Z", "2026-11-21T14:03:07", "2026-11-21 14:03:07Z",
     "2026-11-21T14:03:07+0300", "2026-11-21T25:00:00Z", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:00",
     "9999-12-31T23:59:59-23:59", "1026-11-21T00:00:00Z", "now",
     "2026-11-21T14:03:07Z\n", "2026-11-21T14:03:07,5Z"],
)  # fmt: skip
def test_an_instant_without_offset_or_calendar_is_refused(text: str) -> None:
    """RFC 3339 alone, and never an overflow."""
    with pytest.raises(ValueError, match=r"."):
        read_instant(text)
