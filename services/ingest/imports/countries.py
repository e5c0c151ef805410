"""Countries by the names that people give them. Pure."""

import re
from functools import cache
from typing import Final, NamedTuple

import pycountry
from rapidfuzz import fuzz, process

from services.ingest.imports.vocabulary import words_of
from services.ingest.imports.words import plain
from shared.notices.codelists import code_lists

_ALIKE: Final = 82
_OPENINGS: Final = (
    *(
        "republica da ",
        "republica do ",
        "republica de ",
        "reino da ",
        "reino do ",
        "governo da ",
        "governo do ",
    ),
    *("governo de ", "a ", "o ", "os ", "pais "),
)


class Found(NamedTuple):
    """A country: its *code*, if the text says it; otherwise what it may be."""

    code: str | None = None
    candidates: tuple[str, ...] = ()


@cache
def _by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for listed in code_lists()["countries"]:
        for name in (listed.pt, listed.en):
            names.setdefault(plain(name), listed.code)
    for country in pycountry.countries:
        names.setdefault(plain(country.name), country.alpha_2)
        names.setdefault(country.alpha_3.lower(), country.alpha_2)
        for more in (getattr(country, "official_name", None), getattr(country, "common_name", None)):
            if more:
                names.setdefault(plain(more), country.alpha_2)
    for other, told in words_of("countries").items():
        names.update(dict.fromkeys(told, other))
    return names


@cache
def _codes() -> frozenset[str]:
    return frozenset(code.code for code in code_lists()["countries"])


@cache
def country_of(text: str) -> Found:
    """The country that *text* is the name or the code of; a misspelt one as candidates."""
    code = country_named(text)
    if code is not None:
        return Found(code)
    names = _by_name()
    close = process.extract(plain(text), names.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=4)
    return Found(candidates=tuple(dict.fromkeys(names[name] for name, _, _ in close)))


def country_named(text: str) -> str | None:
    """The country that *text* is the name or the code of; None also for a misspelt one."""
    words = plain(text)
    if words.upper() in _codes():
        return words.upper()
    names = _by_name()
    if words in names:
        return names[words]
    for opening in _OPENINGS:
        if words.startswith(opening) and words[len(opening) :] in names:
            return names[words[len(opening) :]]
    return None


def country_within(text: str) -> str | None:
    """The one country that the end of *text* names, after a comma, a dash or in brackets; None without."""
    match = _LAST_PART.search(text)
    if match is None:
        return None
    last = match[1].strip()
    if len(last) == 2 and last != last.upper():  # noqa: PLR2004 - "da" is no code
        return None
    return country_named(last)


_LAST_PART: Final = re.compile(r"(?:[,(–—/]|\s-\s)\s*([^,()–—/]+?)\s*\)?$")


@cache
def _subdivisions() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for place in pycountry.subdivisions:
        name = plain(re.sub(r"\[.*?\]|\(.*?\)", "", place.name))
        if len(name) > 3:  # noqa: PLR2004 - too short to mean one place
            found.setdefault(name, {})[place.country_code] = None
    return {name: tuple(codes) for name, codes in found.items()}


def countries_spelt(text: str) -> tuple[str, ...]:
    """The countries whose names stand in *text*, the longest name first."""
    pieces = plain(text).split()
    names = _by_name()
    found: dict[str, None] = {}
    for length in range(min(5, len(pieces)), 0, -1):
        for at in range(len(pieces) - length + 1):
            piece = " ".join(pieces[at : at + length])
            if len(piece) > 3 and piece in names:  # noqa: PLR2004 - not by a code that is a word
                found[names[piece]] = None
    return tuple(found)


def countries_meant(text: str) -> tuple[str, ...]:
    """Countries that *text* lets one think of, by a country or a province named in it: never certain."""
    pieces = plain(text).split()
    places = _subdivisions()
    found = dict.fromkeys(countries_spelt(text))
    for length in range(min(4, len(pieces)), 0, -1):
        for at in range(len(pieces) - length + 1):
            piece = " ".join(pieces[at : at + length])
            found.update(dict.fromkeys(places.get(piece, ())[:3]))
    return tuple(found)[:6]
