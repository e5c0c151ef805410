"""What was found wrong with an event, one finding a fault."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from shared.notices.sentences import Language, Sentence

MOST_FINDINGS = 50
"""How many faults one answer lists."""


class FieldError(msgspec.Struct, frozen=True):
    """One fault: where (RFC 6901), what, in a sentence, and what would be right."""

    pointer: str
    code: str
    detail: Sentence
    allowed: tuple[Any, ...] | None = None
    index: int | None = None

    def shown(self, language: Language) -> dict[str, Any]:
        """The fault as an answer tells it: {pointer, code, detail, allowed?, index?}."""
        told: dict[str, Any] = {
            "pointer": self.pointer,
            "code": self.code,
            "detail": self.detail.in_language(language),
        }
        if self.allowed is not None:
            told["allowed"] = list(self.allowed)
        if self.index is not None:
            told["index"] = self.index
        return told


class InvalidEvents(Exception):  # noqa: N818 - what it is, in the words of the contract
    """A request that holds no valid events: 400 (cannot be read), 415 (not an event's type), 422 (faults)."""

    def __init__(self, status: int, errors: Iterable[FieldError]) -> None:
        self.status = status
        self.errors = list(errors)[:MOST_FINDINGS]
        super().__init__(f"{status}: {', '.join(error.code for error in self.errors)}")


class InvalidFilter(Exception):  # noqa: N818 - what it is
    """A filter of the feed that means nothing: its *name*, why, and what would be *allowed*."""

    def __init__(self, name: str, detail: Sentence, allowed: Sequence[Any] | None = None) -> None:
        self.name = name
        self.detail = detail
        self.allowed = allowed
        super().__init__(name)


def pointer_to(path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of *path*; half characters, which no answer can hold, as escapes."""
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return pointer if pointer.isascii() else pointer.encode(errors="backslashreplace").decode()
