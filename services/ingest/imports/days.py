"""What a cell in a column of dates says. Pure; what can be read in two ways is told as both."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from services.ingest.imports.cells import is_blank
from services.ingest.imports.vocabulary import words_of
from services.ingest.imports.words import plain, tidy
from shared.notices.dates import EARLIEST_YEAR, LATEST_YEAR

_OPEN_ENDED: Final = re.compile("|".join(words_of("cells")["open_ended"]))
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "janeiro jan january",
            "fevereiro fev february feb",
            "marco mar march",
            "abril abr april apr",
            "maio mai may",
            "junho jun june",
            "julho jul july",
            "agosto ago august aug",
            "setembro set september sep sept",
            "outubro out october oct",
            "novembro nov november",
            "dezembro dez december dec",
        ),
        1,
    )
    for name in names.split()
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_TIME: Final = re.compile(
    r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?$"
)
_BEFORE: Final = re.compile(r"^(?:at[ée]|em|desde|a partir de|no dia|dia)\s+(?:o dia\s+)?", re.IGNORECASE)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2}) ?[-/.] ?(\d{1,2}) ?[-/.] ?(\d{4}|\d{2})")
_MONTH_YEAR: Final = re.compile(r"(\d{1,2}) ?[-/.] ?(\d{4})")
_SPOKEN_DAY: Final = re.compile(rf"(\d{{1,2}})o? (?:de )?({_MONTH}) (?:de )?(\d{{4}}|\d{{2}})")
_SPOKEN_DAY_EN: Final = re.compile(rf"({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)? (\d{{4}})")
_SPOKEN_MONTH: Final = re.compile(rf"({_MONTH}) (?:de )?(\d{{4}}|\d{{2}})")
_SPOKEN_MONTH_EN: Final = re.compile(rf"(\d{{4}}) ({_MONTH})")
_YEAR: Final = re.compile(r"(\d{4})(?:[.,]0)?")
_DIGITS: Final = re.compile(r"\d{8}")
_SERIAL: Final = re.compile(r"(\d{5})(?:[.,]\d+)?")
_TERM: Final = re.compile(r"(?:por )?(\d{1,3})(?: [a-z]+){0,6}? (dias?|mes(?:es)?|anos?)(?: .*)?")
DATES: Final = re.compile(
    r"\d{1,2} ?[-/.] ?\d{1,2} ?[-/.] ?(?:\d{4}|\d{2})(?!\d)|\d{4}-\d{2}-\d{2}|(?<!\d)\d{1,2}/\d{4}(?!\d)"
    rf"|(?<!\d)\d{{1,2}}[º°]? de (?:{_MONTH}|março) de \d{{4}}|(?<!\d)(?:1[6-9]|20)\d{{2}}(?!\d)",
    re.IGNORECASE,
)
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EARLIEST_SERIAL, _LATEST_SERIAL = 10_000, 80_000
_MONTHS_OF_A_YEAR: Final = 12


class Reading(NamedTuple):
    """What a date cell says: *told* (ISO, may be a month or a year); or *open_ended*; or what it may mean."""

    told: str | None = None
    open_ended: bool = False
    candidates: tuple[str, ...] = ()
    blank: bool = False
    term: tuple[int, str] | None = None
    """A length instead of a day: how many, of ``day``, ``month`` or ``year``."""

    @property
    def is_certain(self) -> bool:
        """Whether it can be read in one way only."""
        return self.blank or self.open_ended or self.told is not None


@lru_cache(maxsize=65536)
def read_date(text: str) -> Reading:
    """What a cell in a column of dates says. Brazilian order; a year of two digits is a doubt."""
    said = tidy(text)
    if is_blank(said):
        return Reading(blank=True)
    words = plain(_BEFORE.sub("", said))
    if _OPEN_ENDED.fullmatch(words):
        return Reading(open_ended=True)
    bare = _TIME.sub("", _BEFORE.sub("", said)).strip().rstrip(".")
    for pattern, read in _FORMS:
        if match := pattern.fullmatch(bare):
            return read(match)
    for pattern, read in _SPOKEN:
        if match := pattern.fullmatch(words):
            return read(match)
    if match := _TERM.fullmatch(words):
        unit = {"d": "day", "m": "month", "a": "year"}[match[2][0]]
        return Reading(term=(int(match[1]), unit))
    return Reading(candidates=_within(said))


def after(start: str, term: tuple[int, str]) -> str | None:
    """The last day of a *term* that begins on *start* (ISO, to the day); None where that cannot be said."""
    try:
        first = date.fromisoformat(start)
    except ValueError:
        return None
    count, unit = term
    if unit == "day":
        return (first + timedelta(days=count - 1)).isoformat()
    months = first.month - 1 + count * (_MONTHS_OF_A_YEAR if unit == "year" else 1)
    year, month = first.year + months // _MONTHS_OF_A_YEAR, months % _MONTHS_OF_A_YEAR + 1
    if year > LATEST_YEAR:
        return None
    same = date(year, month, min(first.day, monthrange(year, month)[1]))
    return (same - timedelta(days=1)).isoformat()


def last_day(told: str) -> str:
    """The last day of a date that may be a month or a year alone."""
    year, *rest = told.split("-")
    month = int(rest[0]) if rest else _MONTHS_OF_A_YEAR
    return told if len(rest) > 1 else f"{year}-{month:02d}-{monthrange(int(year), month)[1]:02d}"


def _iso(year: int, month: int | None = None, day: int | None = None) -> str | None:
    try:
        told = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    return told.isoformat() if day else f"{year:04d}-{month:02d}" if month else f"{year:04d}"


def _day(year: int, month: int, day: int) -> Reading:
    """A day; one that the calendar does not have may be its month, or day and month the wrong way round."""
    if told := _iso(year, month, day):
        return Reading(told)
    return Reading(candidates=_known([_iso(year, day, month), _iso(year, month)]))


def _known(dates: list[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(told for told in dates if told))


def _year_first(match: re.Match[str]) -> Reading:
    year, month, day = int(match[1]), int(match[2]), match[3]
    if day:
        return _day(year, month, int(day))
    return Reading(_iso(year, month)) if _iso(year, month) else Reading(candidates=(match[1],))


def _of_century(text: str) -> tuple[int, ...]:
    """The years that a text may mean, the likelier first: two digits are never certain."""
    year = int(text)
    if len(text) > 2:  # noqa: PLR2004
        return (year,)
    return (2000 + year, 1900 + year) if year < 50 else (1900 + year, 2000 + year)  # noqa: PLR2004


def _day_first(match: re.Match[str]) -> Reading:
    day, month, years = int(match[1]), int(match[2]), _of_century(match[3])
    if len(years) == 1:
        return _day(years[0], month, day)
    return Reading(candidates=_known([_iso(year, month, day) for year in years]))


def _month_year(match: re.Match[str]) -> Reading:
    told = _iso(int(match[2]), int(match[1]))
    return Reading(told) if told else Reading(candidates=_known([_iso(int(match[2]))]))


def _year(match: re.Match[str]) -> Reading:
    return Reading(_iso(int(match[1])))


def _eight_digits(match: re.Match[str]) -> Reading:
    text = match[0]
    found = _known(
        [
            _iso(int(text[:4]), int(text[4:6]), int(text[6:])),
            _iso(int(text[4:]), int(text[2:4]), int(text[:2])),
        ]
    )
    return Reading(found[0]) if len(found) == 1 else Reading(candidates=found)


def _serial(match: re.Match[str]) -> Reading:
    """A day as spreadsheets count them."""
    days = int(match[1])
    if not _EARLIEST_SERIAL <= days <= _LATEST_SERIAL:
        return Reading()
    return Reading((_EXCEL_EPOCH + timedelta(days=days)).isoformat())


def _spoken_day(match: re.Match[str]) -> Reading:
    years = _of_century(match[3])
    found = [_iso(year, _MONTHS[match[2]], int(match[1])) for year in years]
    if len(years) == 1:
        return (
            Reading(found[0]) if found[0] else Reading(candidates=_known([_iso(years[0], _MONTHS[match[2]])]))
        )
    return Reading(candidates=_known(found))


def _spoken_day_en(match: re.Match[str]) -> Reading:
    return _day(int(match[3]), _MONTHS[match[1]], int(match[2]))


def _spoken_month(match: re.Match[str]) -> Reading:
    years = _of_century(match[2])
    found = _known([_iso(year, _MONTHS[match[1]]) for year in years])
    return Reading(found[0]) if len(years) == 1 and found else Reading(candidates=found)


def _spoken_month_en(match: re.Match[str]) -> Reading:
    return Reading(_iso(int(match[1]), _MONTHS[match[2]]))


_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Reading]], ...]] = (
    (_YEAR_FIRST, _year_first),
    (_DAY_FIRST, _day_first),
    (_MONTH_YEAR, _month_year),
    (_YEAR, _year),
    (_DIGITS, _eight_digits),
    (_SERIAL, _serial),
)
_SPOKEN: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Reading]], ...]] = (
    (_SPOKEN_DAY, _spoken_day),
    (_SPOKEN_DAY_EN, _spoken_day_en),
    (_SPOKEN_MONTH, _spoken_month),
    (_SPOKEN_MONTH_EN, _spoken_month_en),
)


def _within(text: str) -> tuple[str, ...]:
    """The dates that stand somewhere in a longer text (``2014 a 2018``, ``30/05/2025, prorrogado``)."""
    found: dict[str, None] = {}
    for match in DATES.finditer(text[:500]):
        if match[0] == text:
            continue
        reading = read_date(match[0])
        found.update(dict.fromkeys((reading.told,) if reading.told else reading.candidates))
    return tuple(found)
