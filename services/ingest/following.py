"""Which notices the logs tell of at every stage: each in a quiet network, so many of them in a storm."""

import time
from typing import Final

from shared.tracing import traceparent

BURST_SECONDS: Final = 20
"""So many seconds' worth may come at once: with the default a whole batch of 1,000."""


class Following:
    """Decides for each notice; history has an allowance of its own, so that it hides nothing that is live."""

    def __init__(self, notices_per_second: int) -> None:
        """*notices_per_second* of live notices, and as many of history."""
        self._live = _Allowance(notices_per_second)
        self._backfill = _Allowance(notices_per_second)

    def traceparent(self, trace_id: str, *, backfill: bool) -> str:
        """What the next notice of that trace carries along."""
        allowance = self._backfill if backfill else self._live
        return traceparent(trace_id, followed=allowance.take())


class _Allowance:
    """A bucket that is filled again at a steady rate."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._most = self._left = float(per_second * BURST_SECONDS)
        self._at = time.monotonic()

    def take(self) -> bool:
        """Whether there was one left."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
