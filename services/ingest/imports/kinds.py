"""Of which kind a partner is, by what a column or its own name says. Pure."""

import re
from functools import cache, lru_cache
from typing import Final

from services.ingest.imports.countries import country_named
from services.ingest.imports.vocabulary import pattern_of, words_of
from services.ingest.imports.words import plain
from shared.notices.codelists import code_lists

_VOCABULARY: Final = words_of("partners")
_PATTERNS: Final = tuple((kind, pattern_of(words)) for kind, words in _VOCABULARY["words"].items())
_ABBREVIATED: Final = re.compile(
    r"\bS[./]? ?A\b\.?$|\bLtda\b|\bS\.p\.A\b|\bInc\b|\bGmbH\b|\bLLC\b", re.IGNORECASE
)


@cache
def kind_of(text: str) -> str | None:
    """The kind that a cell in a column of kinds names: a code, or its name in either language."""
    words = plain(text)
    return _kind_names().get(words) or _kind_names().get(words.removesuffix("s"))


@cache
def _kind_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for code in code_lists()["partner_kinds"]:
        for name in (code.code, code.pt, code.en):
            names[plain(name)] = code.code
    for kind, told in _VOCABULARY["kinds"].items():
        for name in told:
            names.setdefault(name, kind)
    return names


def is_company(name: str) -> bool:
    """Whether a name ends as companies' names do."""
    return _ABBREVIATED.search(name) is not None


@lru_cache(maxsize=16384)
def kind_by_words(name: str) -> str | None:
    """The kind that a word in the name says; the word that comes first decides."""
    if is_company(name):
        return "company"
    words = plain(name)
    best: tuple[int, int, str] | None = None
    for rank, (kind, pattern) in enumerate(_PATTERNS):
        match = pattern.search(words)
        if match is not None and (best is None or (match.start(), rank) < best[:2]):
            best = match.start(), rank, kind
    if best is None:
        return None
    if best[2] == "nation" and _is_not_a_nation(words):
        return None
    return best[2]


def _is_not_a_nation(words: str) -> bool:
    """Whether it is the government of no country: of what kind that is, is for people to say."""
    rest = re.sub(
        r"^(?:governo (?:federal )?|republica (?:federativa )?|reino |uniao )(?:d[aeo]s? )?", "", words
    )
    return country_named(words) is None and country_named(rest) is None
