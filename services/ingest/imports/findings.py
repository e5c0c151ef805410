"""What a row leaves open, and what is wrong with a file. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from shared.notices.findings import FieldError
from shared.notices.sentences import Language, Sentence

MOST_CANDIDATES = 12
"""So many answers are suggested at most; others may be given all the same."""

LEFT_OUT = "-"
"""The answer that leaves a cell out, as if it were blank."""


class Doubt(msgspec.Struct, frozen=True):
    """What a cell may mean: any of *candidates*, or another text, answered under the name of *column*."""

    column: str
    value: str
    candidates: tuple[str, ...]
    detail: Sentence

    def shown(self, language: Language) -> dict[str, Any]:
        """The doubt as the preview tells it."""
        return {
            "column": self.column,
            "value": self.value,
            "candidates": list(self.candidates),
            "detail": self.detail.in_language(language),
        }


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with a cell, or with the row as a whole (*column* None)."""

    column: str | None
    code: str
    detail: Sentence
    allowed: tuple[Any, ...] | None = None

    def shown(self, language: Language) -> dict[str, Any]:
        """The error as the preview tells it."""
        told: dict[str, Any] = {
            "column": self.column,
            "code": self.code,
            "detail": self.detail.in_language(language),
        }
        if self.allowed is not None:
            told["allowed"] = list(self.allowed)
        return told


class Unusable(Exception):  # noqa: N818 - a file is refused, nothing failed
    """A file, or what came with it, of which no rows can be read; *status* is that of the answer."""

    def __init__(self, status: int, code: str, detail: Sentence, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = list(errors)


def first_of(candidates: Iterable[str]) -> tuple[str, ...]:
    """*candidates* each once, in order, not too many of them."""
    return tuple(dict.fromkeys(each for each in candidates if each))[:MOST_CANDIDATES]
