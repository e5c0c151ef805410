"""What a sheet says of how an agreement stands. Pure."""

import re
from typing import Final, Literal, NamedTuple, cast

from services.ingest.imports.cells import is_blank
from services.ingest.imports.days import DATES, read_date
from services.ingest.imports.vocabulary import pattern_of, words_of
from services.ingest.imports.words import plain, tidy

Situation = Literal["open", "ended", "terminated", "suspended", "negotiating", "void"]

SPOKEN: Final[dict[Situation, str]] = {
    "open": "Vigente",
    "ended": "Encerrado",
    "terminated": "Rescindido",
    "suspended": "Suspenso",
    "negotiating": "Em negociação",
    "void": "Anulado",
}
_PATTERNS: Final[tuple[tuple[Situation, re.Pattern[str]], ...]] = tuple(
    (cast("Situation", name), pattern_of(words)) for name, words in words_of("situations").items()
)


class Reading(NamedTuple):
    """A situation, and the day since when, where the cell says it."""

    situation: Situation | None = None
    since: str | None = None
    blank: bool = False


def read_situation(text: str) -> Reading:
    """What a cell says: ``Vigente``, ``Rescindido em 12/03/2021``; nothing where no word is known."""
    said = tidy(text)
    if is_blank(said):
        return Reading(blank=True)
    words = plain(said)
    situation = next((name for name, pattern in _PATTERNS if pattern.search(words)), None)
    days = [read_date(match[0]).told for match in DATES.finditer(said[:300])]
    since = days[0] if len(days) == 1 else None
    return Reading(situation, since)


def spoken(situation: Situation, since: str | None = None) -> str:
    """A situation as it may be answered."""
    return f"{SPOKEN[situation]} em {since}" if since else SPOKEN[situation]
