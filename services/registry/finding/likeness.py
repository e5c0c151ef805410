"""How alike two texts are, and which texts are worth comparing at all. Pure.

A sketch is a handful of hashes of groups of words such that texts with much in common share some of them:
whoever shares none is never compared. (MinHash over groups of three words, by one
permutation, in bands of two.)
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

BANDS: Final = 8
MOST_WORDS: Final = 1_000
"""Of a longer text the beginning decides."""
FEWEST_WORDS: Final = 20
"""A shorter text is alike by nature: there are not many ways to say "cultural exchange"."""
SAME_TEXT_PERCENT: Final = 80

_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_HASH_BYTES: Final = 8
_MASK: Final = (1 << 64) - 1
_ODD: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
"""Without a pattern in their bits: what is multiplied by them is mixed."""
_BIN_BITS: Final = 4
_BINS: Final = 2 * BANDS


def words(text: str) -> list[str]:
    """*text* in small letters and digits without accents, word by word."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return _NOT_A_WORD.sub(" ", plain).split()[:MOST_WORDS]


@lru_cache(maxsize=4_096)
def name(text: str) -> str:
    """The words of a name, as `pattern` leaves them out."""
    return " ".join(words(text))


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
    numbers = [_number(word, key) for word in said]
    least: list[int | None] = [None] * _BINS
    for three in zip(numbers, numbers[1:], numbers[2:], strict=False):
        shingle = _mixed(*three)
        place = shingle >> (64 - _BIN_BITS)
        held = least[place]
        if held is None or shingle < held:
            least[place] = shingle
    # Each bin's least is the same in two texts as often as they share shingles. Two bins make a band, so that
    # a common phrase alone fills none.
    filled = [_of_next(least, place) for place in range(_BINS)]
    return tuple(_signed(_mixed(filled[at], filled[at + 1], at)) for at in range(0, _BINS, 2))


def _of_next(least: Sequence[int | None], place: int) -> int:
    """What a bin holds; an empty one borrows from the next that is not, and says so."""
    for distance in range(len(least)):
        held = least[(place + distance) % len(least)]
        if held is not None:
            return held + distance
    raise ValueError("a text has words")


def share_percent(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """How much of the longer of two texts both have in common, word by word in the same order."""
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - 4 MB that an idle registry need not hold

    return round(100 * LCSseq.normalized_similarity(ours, theirs))


def title_percent(ours: str, theirs: str) -> float:
    """How alike two titles are, wherever their words stand; words that only one of them has count half."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - as above

    return (fuzz.token_sort_ratio(ours, theirs) + fuzz.token_set_ratio(ours, theirs)) / 2


@lru_cache(maxsize=16_384)
def _number(word: str, key: bytes) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=_HASH_BYTES, key=key).digest())


def _mixed(first: int, second: int, third: int) -> int:
    mixed = (first * _ODD[0] + second * _ODD[1] + third) & _MASK
    return ((mixed ^ (mixed >> 29)) * _ODD[2]) & _MASK


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
