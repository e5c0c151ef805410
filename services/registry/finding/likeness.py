"""How alike two texts are, and which texts are worth comparing at all. Pure.

A sketch is a handful of hashes of groups of words such that texts with much in common share some of them:
whoever shares none is never compared. (MinHash over word shingles, in bands of two.)
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

SHINGLE_WORDS: Final = 3
BANDS: Final = 8
MOST_WORDS: Final = 1_000
"""Of a longer text the beginning decides."""
FEWEST_WORDS: Final = 20
"""A shorter text is alike by nature: there are not many ways to say "cultural exchange"."""
SAME_TEXT_PERCENT: Final = 80

_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_MASK: Final = (1 << 64) - 1
_DIGITS: Final = 8


def words(text: str) -> list[str]:
    """*text* in small letters and digits without accents, word by word."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return _NOT_A_WORD.sub(" ", plain).split()[:MOST_WORDS]


def pattern(said: Sequence[str], names: Iterable[str]) -> list[str]:
    """What is left of the words *said* without *names* and numbers: forms are filled in with those.

    A name is words parted by spaces, left out where they stand together: "de" alone is nobody's name.
    """
    text = f" {' '.join(said)} "
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f" {name} ", " ")
    return [word for word in text.split() if not word.isdigit()]


def sketch(said: Sequence[str], key: bytes) -> tuple[int, ...]:
    """The bands of a text, each a signed 64-bit number; none for one that is too short.

    The *key* is the registry's own, so that nothing is learnt from a band without it.
    """
    if len(said) < FEWEST_WORDS:
        return ()
    shingles = {
        _number(" ".join(said[first : first + SHINGLE_WORDS]), key)
        for first in range(len(said) - SHINGLE_WORDS + 1)
    }
    # For each of 2 × BANDS fixed points the nearest shingle: the same in two texts as often as they share
    # shingles. Two in one band, so that a common phrase alone fills no band.
    nearest = [min(point ^ shingle for shingle in shingles) ^ point for point in _POINTS]
    return tuple(
        _signed(_mixed(first, second, band))
        for band, (first, second) in enumerate(zip(nearest[::2], nearest[1::2], strict=True))
    )


def share_percent(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """How much of the longer of two texts both have in common, word by word in the same order."""
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - 4 MB that an idle registry need not hold

    return round(100 * LCSseq.normalized_similarity(ours, theirs))


def title_percent(ours: str, theirs: str) -> float:
    """How alike two titles are, wherever their words stand; words that only one of them has count half."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - as above

    return (fuzz.token_sort_ratio(ours, theirs) + fuzz.token_set_ratio(ours, theirs)) / 2


def _number(text: str, key: bytes) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=_DIGITS, key=key).digest())


_POINTS: Final = tuple(
    int.from_bytes(blake2b(bytes([point]), digest_size=_DIGITS).digest()) for point in range(2 * BANDS)
)


def _mixed(first: int, second: int, band: int) -> int:
    return ((first * 0x9E3779B97F4A7C15) ^ (second * 0xC2B2AE3D27D4EB4F) ^ band) & _MASK


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
