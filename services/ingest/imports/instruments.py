"""Instruments by the words that name them. Pure."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from services.ingest.imports.vocabulary import pattern_of, words_of
from services.ingest.imports.words import plain
from shared.notices.codelists import code_lists

_PATTERNS: Final = tuple((code, pattern_of(words)) for code, words in words_of("instruments").items())
_CODES: Final = frozenset(code.code for code in code_lists()["instruments"])

_ACTIVITIES: Final = ("cooperacao ", "intercambio ")


class Found(NamedTuple):
    """An instrument: its *code*, if the text says it; otherwise those that are named somewhere in it."""

    code: str | None = None
    candidates: tuple[str, ...] = ()


def instrument_of(text: str) -> Found:
    """What a cell that tells the kind of instrument says; ``Outro`` is OUT."""
    if text.strip().upper() in _CODES:
        return Found(text.strip().upper())
    words = _without_ordinal(plain(text))
    if words in {"outro", "outros", "outra", "other", "diversos", "nao sei"}:
        return Found("OUT")
    named = _named(words)
    codes = tuple(dict.fromkeys(code for _, code in named))
    if len(codes) == 1 or (named and named[0][0] == 0):
        return Found(codes[0])
    return Found(candidates=codes)


def instrument_in(text: str) -> Found:
    """What a title or an object says: certain where it begins with the name, a candidate elsewhere.

    What is done (``Cooperação técnica em águas``) is no name of the paper that it is done by.
    """
    if not text:
        return Found()
    words = _without_ordinal(plain(text[:2_000]))
    named = _named(words)
    if named and named[0][0] == 0 and not words.startswith(_ACTIVITIES):
        return Found(named[0][1])
    return Found(candidates=tuple(dict.fromkeys(code for _, code in named)))


@lru_cache(maxsize=4096)
def _of_letters(letters: str) -> Found:
    if letters.upper() in _CODES and len(letters) > 1:
        return Found(letters.upper())
    named = _named(letters)
    return Found(named[0][1]) if named else Found()


def instrument_of_number(text: str) -> Found:
    """What the number of a term says: ``ACT 12/2025``, ``PI-03/2019``, ``Termo de Cooperação nº 1``."""
    words = re.sub(r"[0-9]+", " ", plain(text))
    return _of_letters(" ".join(words.split()))


def _without_ordinal(words: str) -> str:
    return re.sub(
        r"^(?:\d+[oa]? |primeiro |segundo |terceiro |quarto |quinto |extrato d[oa] |o |a )+", "", words
    )


def _named(words: str) -> list[tuple[int, str]]:
    """The instruments named in *words* with their places; a longer name hides the shorter ones inside it."""
    found: list[tuple[int, int, str]] = []
    for code, pattern in _PATTERNS:
        for match in pattern.finditer(words):
            if not any(start <= match.start() and match.end() <= end for start, end, _ in found):
                found.append((match.start(), match.end(), code))
    kept = [
        (start, code)
        for start, end, code in found
        if not any(other != (start, end, code) and other[0] <= start and end <= other[1] and
                   other[1] - other[0] > end - start for other in found)
    ]  # fmt: skip
    return sorted(kept)
