"""How much of what costs most is done at once: no reader holds up the others."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.notices.sentences import Sentence
from shared.problems import TooManyRequests, Unavailable

_FULL: Final = Sentence(
    "Já há muitos pedidos como este em curso. Tente de novo em instantes.",
    "There are many requests like this one under way. Try again in a moment.",
)
_OWN: Final = Sentence(
    "Este acesso já tem pedidos como este em curso. Espere que terminem.",
    "This access has requests like this one under way. Wait for them to end.",
)


class Turns:
    """At most *in_all* at once: *each* for one key or session, *strangers* for all who show neither."""

    def __init__(self, *, in_all: int, each: int, strangers: int, retry_after_seconds: int) -> None:
        self._in_all = in_all
        self._each = each
        self._strangers = strangers
        self._retry_after_seconds = retry_after_seconds
        self._held: Counter[str] = Counter()
        self.one_by_one = asyncio.Lock()
        """For what those who hold a turn do one after the other."""

    @property
    def held(self) -> int:
        """How many are held now."""
        return self._held.total()

    @contextmanager
    def taken(self, actor: str | None) -> Iterator[None]:
        """A turn for *actor* (None: a stranger), for the block.

        Raises TooManyRequests (429) when it holds all of its own, Unavailable (503) when none is left.
        """
        whose = actor or ""
        if whose and self._held[whose] >= self._each:
            raise TooManyRequests(_OWN, retry_after_seconds=self._retry_after_seconds)
        full = self.held >= self._in_all or (not whose and self._held[whose] >= self._strangers)
        if full:
            raise Unavailable(_FULL, retry_after_seconds=self._retry_after_seconds)
        self._held[whose] += 1
        try:
            yield
        finally:
            self._held[whose] -= 1
            self._held += Counter()  # forget those who hold none
