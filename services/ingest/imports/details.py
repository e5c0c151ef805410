"""The smaller cells: addresses, themes, goals, and what else comes in a few words. Pure."""

import re
from functools import cache
from typing import Final

from rapidfuzz import fuzz, process

from services.ingest.imports.vocabulary import words_of
from services.ingest.imports.words import plain, tidy
from shared.notices.codelists import code_lists

_ADDRESS: Final = re.compile(r"https?://[^\s/;,\"<>|]+[^\s;\"<>|]*", re.IGNORECASE)
_BARE_ADDRESS: Final = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:br|com|org|net|gov|edu|int|info|eu|pt|[a-z]{2})(?:[:/][^\s;\"<>|]*)?", re.IGNORECASE
)
_LONGEST_ADDRESS: Final = 2_000
_ALIKE: Final = 84
_MOST_GOALS: Final = 17
_VOCABULARY: Final = words_of("details")


def addresses_in(text: str) -> tuple[str, ...]:
    """The web addresses in a cell, one without a scheme as https."""
    said = tidy(text)
    found = [match[0].rstrip(").,") for match in _ADDRESS.finditer(said)]
    if not found and (match := _BARE_ADDRESS.match(said)):
        rest = said[match.end() :].strip()
        found = (
            [f"https://{match[0]}"] if not rest and ("/" in match[0] or match[0].startswith("www.")) else []
        )
    return tuple(dict.fromkeys(each for each in found if len(each) <= _LONGEST_ADDRESS))


def themes_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The themes that a cell names, and those that a word of it may be meant for."""
    told: dict[str, None] = {}
    meant: dict[str, None] = {}
    for part in re.split(r"[;,/|\n]", tidy(text)):
        words = plain(part)
        if not words:
            continue
        names = _themes()
        if words in names:
            told[names[words]] = None
            continue
        halves = [plain(half) for half in re.split(r"\s+e\s+", part)]
        if len(halves) > 1 and all(half in names for half in halves):
            told.update(dict.fromkeys(names[half] for half in halves))
            continue
        close = process.extract(words, names.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=3)
        meant.update(dict.fromkeys(names[name] for name, _, _ in close))
    return tuple(told), tuple(meant)


@cache
def _themes() -> dict[str, str]:
    names: dict[str, str] = {}
    for theme in code_lists()["themes"]:
        for name in (theme.code, theme.pt, theme.en):
            names[plain(name)] = theme.code
    for code, told in _VOCABULARY["themes"].items():
        for name in told:
            names.setdefault(name, code)
    return names


def goals_in(text: str) -> tuple[int, ...]:
    """The Sustainable Development Goals that a cell names, by number or by name."""
    found = {int(number) for number in re.findall(r"(?<!\d)\d{1,2}(?!\d)", tidy(text))}
    words = plain(text)
    found |= {
        int(goal.code) for goal in code_lists()["sdgs"] if plain(goal.pt) in words or plain(goal.en) in words
    }
    return tuple(sorted(number for number in found if 1 <= number <= _MOST_GOALS))


def renewal_of(text: str) -> str | None:
    """How it is renewed; None where no word is known."""
    return _one_of("renewals", text)


def visibility_of(text: str) -> str | None:
    """Who may see it; None where no word is known."""
    return _one_of("visibilities", text)


def basis_of(text: str) -> str | None:
    """What it stands on; None where no word is known."""
    return _one_of("bases", text)


def _one_of(noun: str, text: str) -> str | None:
    words = plain(text)
    named = _VOCABULARY[noun].items()
    return next((code for code, told in named if words in told or words == plain(code)), None)
