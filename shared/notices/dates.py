"""Business dates: days in America/Sao_Paulo, of the past also a month or a year alone."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache, total_ordering
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from shared.notices.sentences import Sentence

TIMEZONE = ZoneInfo("America/Sao_Paulo")

EARLIEST_YEAR = 1500
LATEST_YEAR = 2999
"""Beyond these a year is a slip of the pen (0206, 20226) or a stand-in for "no end" (9999)."""

_PATTERN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_DAY_PRECISION = 10

NOT_A_DATE = Sentence(
    pt="Escreva a data como AAAA-MM-DD (ou, se for do passado, só o mês AAAA-MM ou o ano AAAA).",
    en="Write the date as YYYY-MM-DD (or, if it is past, the month YYYY-MM or the year YYYY alone).",
)
NO_SUCH_DAY = Sentence(pt="Esta data não existe no calendário.", en="There is no such day in the calendar.")
YEAR_OUT_OF_RANGE = Sentence(
    pt=f"O ano deve ficar entre {EARLIEST_YEAR} e {LATEST_YEAR}; acordo sem prazo: ends_on é null.",
    en=f"The year must be from {EARLIEST_YEAR} to {LATEST_YEAR}; without an end ends_on is null.",
)
REDUCED_AND_AHEAD = Sentence(
    pt="Uma data futura precisa do dia: escreva AAAA-MM-DD.",
    en="A date to come is told to the day: write YYYY-MM-DD.",
)


class BadDate(ValueError):  # noqa: N818 - a date that cannot be read is a finding, told by name
    """A text that is no business date: *code* for machines, *sentence* for people."""

    def __init__(self, code: str, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.code = code
        self.sentence = sentence


@total_ordering
class ReducedDate:
    """A day, a month or a year, known no closer than that; immutable, ordered by first day, then by last.

    A plain class, since msgspec would read a dataclass as an object with three fields.
    """

    __slots__ = ("_key", "first_day", "last_day", "text")

    first_day: Final[date]
    last_day: Final[date]
    text: Final[str]

    def __init__(self, first_day: date, last_day: date, text: str) -> None:
        self.first_day = first_day
        self.last_day = last_day
        self.text = text
        self._key = (first_day, last_day)

    @classmethod
    def parse(cls, text: str) -> "ReducedDate":
        """Read ``2014``, ``2014-03`` or ``2014-03-09``; anything else is a BadDate (a ValueError)."""
        return _parse(text)

    @classmethod
    def of_day(cls, day: date) -> "ReducedDate":
        """The date that is *day*, known to the day."""
        return cls(day, day, day.isoformat())

    @property
    def is_reduced(self) -> bool:
        """True for a month or a year alone."""
        return len(self.text) < _DAY_PRECISION

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReducedDate) and self._key == other._key

    def __lt__(self, other: "ReducedDate") -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"ReducedDate({self.text!r})"


@lru_cache(maxsize=8192)
def _parse(text: str) -> ReducedDate:
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise BadDate("invalid_date", NOT_A_DATE)
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise BadDate("date_out_of_range", YEAR_OUT_OF_RANGE)
    if month is None:
        return ReducedDate(date(year, 1, 1), date(year, 12, 31), text)
    try:
        first = date(year, month, day or 1)
    except ValueError:
        raise BadDate("invalid_date", NO_SUCH_DAY) from None
    if day is None:
        return ReducedDate(first, first.replace(day=monthrange(year, month)[1]), text)
    if day == 0:
        raise BadDate("invalid_date", NO_SUCH_DAY)
    return ReducedDate(first, first, text)


def told_by(text: str, today: date) -> ReducedDate:
    """Read a date that is told on *today*: as ReducedDate.parse, and a month or a year may not lie ahead."""
    told = _parse(text)
    if told.is_reduced and told.first_day > today:
        raise BadDate("reduced_date_ahead", REDUCED_AND_AHEAD)
    return told


def day_of(instant: datetime) -> date:
    """The business day, in America/Sao_Paulo, on which an aware *instant* falls."""
    return instant.astimezone(TIMEZONE).date()


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def read_instant(text: str) -> datetime:
    """An RFC 3339 instant as aware UTC, cut to microseconds; ValueError for anything else."""
    if _INSTANT.fullmatch(text) is None:
        raise ValueError("not an RFC 3339 instant")
    try:
        instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None
    if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
        raise ValueError("beyond the years that are kept")
    return instant


def write_instant(instant: datetime) -> str:
    """An aware *instant* as RFC 3339 in UTC with ``Z``; microseconds only where there are any."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat().removesuffix("+00:00") + "Z"


class Hooks(NamedTuple):
    """What msgspec needs in order to read, write and describe the types of this package."""

    dec_hook: Callable[[type, Any], Any]
    enc_hook: Callable[[Any], Any]
    schema_hook: Callable[[type], dict[str, Any]]


def _dec_hook(wanted: type, told: Any) -> Any:
    if wanted is ReducedDate and isinstance(told, str):
        return _parse(told)
    raise BadDate("invalid_type", NOT_A_DATE)


def _enc_hook(value: Any) -> Any:
    if isinstance(value, ReducedDate):
        return value.text
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


REDUCED_DATE_FORMAT = "reduced-date"


def _schema_hook(wanted: type) -> dict[str, Any]:
    if wanted is ReducedDate:
        return {
            "type": "string",
            "format": REDUCED_DATE_FORMAT,
            "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
            "description": "A day, or of the past a month or a year alone: 2014-03-09, 2014-03, 2014.",
        }
    raise NotImplementedError(f"{wanted.__name__} has no JSON Schema")


HOOKS = Hooks(_dec_hook, _enc_hook, _schema_hook)


def hooks_on(today: date) -> Callable[[type, Any], Any]:
    """The dec_hook of the door: it also refuses a month or a year that lies ahead of *today*."""

    def dec_hook(wanted: type, told: Any) -> Any:
        if wanted is ReducedDate and isinstance(told, str):
            return told_by(told, today)
        raise BadDate("invalid_type", NOT_A_DATE)

    return dec_hook
