"""Days as people type them: ``30/05/2025``, ``30052025``, ``05/2025``, ``2025``. Pure."""

import re
from typing import Final

from shared.notices.dates import ReducedDate

_ISO: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_DIVIDED: Final = re.compile(r"(?:(?:([0-9]{1,2})[/. -])?([0-9]{1,2})[/. -])?([0-9]{4})")
_RUN: Final = re.compile(r"([0-9]{2})?([0-9]{2})([0-9]{4})")
_RUN_BACKWARDS: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")


def day_told(text: str) -> str:
    """*text* as the contract writes a day, a month or a year; what cannot be read stays as it was typed."""
    tidy = " ".join(text.split())
    if _ISO.fullmatch(tidy):
        return tidy
    for form in (_DIVIDED, _RUN):
        if match := form.fullmatch(tidy):
            day, month, year = match.groups()
            told = _day(year, month, day)
            if told is not None:
                return told
    if match := _RUN_BACKWARDS.fullmatch(tidy):
        return _day(*match.groups()) or tidy
    return tidy


def day_typed(told: str) -> str:
    """A day of the contract as people here write it: the other way round, with slashes."""
    return "/".join(reversed(told.split("-"))) if _ISO.fullmatch(told) else told


def _day(year: str, month: str | None, day: str | None) -> str | None:
    parts = [year, *(part.zfill(2) for part in (month, day) if part is not None)]
    told = "-".join(parts)
    try:
        ReducedDate.parse(told)
    except ValueError:
        return None
    return told
