"""How pages write days, instants and numbers, in the reader's language and in the state's time."""

from datetime import date, datetime
from typing import Final

from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_decimal

from shared.notices.codelists import name_of
from shared.notices.dates import TIMEZONE, ReducedDate
from shared.notices.sentences import Language

LOCALES: Final[dict[Language, str]] = {"pt": "pt_BR", "en": "en_GB"}
_DAYS: Final[dict[Language, str]] = {"pt": "d 'de' MMMM 'de' y", "en": "d MMMM y"}
_MONTHS: Final[dict[Language, str]] = {"pt": "MMMM 'de' y", "en": "MMMM y"}
_INSTANTS: Final[dict[Language, str]] = {"pt": "d 'de' MMM 'de' y, HH:mm", "en": "d MMM y, HH:mm"}


def shown_day(value: date | str, language: Language) -> str:
    """A day as people write it; one that is known by its month or year alone, as that and no more."""
    if isinstance(value, date):
        return format_date(value, _DAYS[language], locale=LOCALES[language])
    day = ReducedDate.parse(value).first_day
    match value.count("-"):
        case 0:
            return value
        case 1:
            return format_date(day, _MONTHS[language], locale=LOCALES[language])
        case _:
            return format_date(day, _DAYS[language], locale=LOCALES[language])


def shown_days(first: date, last: date, language: Language) -> str:
    """The days from *first* to *last*, with no month or year said twice."""
    return format_interval(first, last, "yMMMd", locale=LOCALES[language])


def shown_instant(value: datetime, language: Language) -> str:
    """A day and the time, in America/Sao_Paulo."""
    return format_datetime(value, _INSTANTS[language], tzinfo=TIMEZONE, locale=LOCALES[language])


def shown_number(value: float, language: Language) -> str:
    """A number with its thousands apart."""
    return format_decimal(value, locale=LOCALES[language])


def shown_name(code: str, names: str, language: Language) -> str:
    """What people call *code* of the code list *names*; the code itself where it has no name."""
    return name_of(names, code).in_language(language)
