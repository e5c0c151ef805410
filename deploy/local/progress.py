"""What is being done, shown while it takes long."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.status import Status

console = Console(stderr=True, highlight=False, soft_wrap=True)


class Report(Protocol):
    """Takes note of what is being done now."""

    def __call__(self, step: str) -> None:
        """From now on it is *step*."""

    def rest(self) -> None:
        """Nothing is being done for a while."""


class shown:  # noqa: N801 - reads as a sentence: with shown() as report
    """A Report on the terminal: a line that lives; without a terminal, one line for each step."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()

    def __call__(self, step: str) -> None:
        """From now on it is *step*."""
        if not console.is_terminal:
            if step != self._said:
                console.print(f"… {step}", markup=False)
            self._said = step
        elif self._status is None:
            self._status = console.status(step)
            self._status.start()
        else:
            self._status.update(step)

    def rest(self) -> None:
        """Nothing is being done for a while."""
        if self._status is not None:
            self._status.stop()
            self._status = None
