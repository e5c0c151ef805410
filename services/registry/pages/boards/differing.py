"""Two texts, word by word: what both have, and what only one of them has. Pure."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, Literal, NamedTuple

MOST_CHARACTERS: Final = 20_000
"""So much of each text is compared."""
_PIECE: Final = re.compile(r"\w+|\s+|[^\w\s]")


class Stretch(NamedTuple):
    """A stretch of text that both have, or that only the first or the second has."""

    of: Literal["both", "first", "second"]
    text: str


def differences(first: str, second: str) -> list[Stretch]:
    """Both texts in one row, in their order."""
    return list(_stretches(_PIECE.findall(first[:MOST_CHARACTERS]), _PIECE.findall(second[:MOST_CHARACTERS])))


def _stretches(first: list[str], second: list[str]) -> Iterator[Stretch]:
    for _what, first_from, first_to, second_from, second_to in SequenceMatcher(
        None, first, second
    ).get_opcodes():
        ours, theirs = first[first_from:first_to], second[second_from:second_to]
        if ours == theirs:
            yield Stretch("both", "".join(ours))
            continue
        if ours:
            yield Stretch("first", "".join(ours))
        if theirs:
            yield Stretch("second", "".join(theirs))
