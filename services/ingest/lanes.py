"""Which of the registry's two queues a notice goes by: the live one, or the one for what may wait.

A queue is first in, first out, so what lies in `registry.live` is before whatever comes next. While it is
short, every live notice goes there. What is told here changes the queue alone, never the notice.
"""

import time
from collections.abc import Callable
from typing import Final, Literal

import structlog

log = structlog.get_logger()

LONG_MESSAGES: Final = 2_000
"""So many are registered within a second or two: what waits longer is a crowd, or an outage."""
BEHIND_MESSAGES: Final = 10_000
ABREAST_MESSAGES: Final = 500
"""Registered within a moment; from here on everything live is live again."""
BURST_SECONDS: Final = 2
Lane = Literal["live", "backfill"]


class Lanes:
    """Decides for each notice, by how many live ones wait for the registry.

    Long queue: senders that told more than their share wait with history, so that one that floods delays
    itself alone. Behind (the registry is away, or was): everybody does, and what comes once the queue has
    been worked off passes all of them.
    """

    def __init__(
        self, per_second: int, waiting: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Each sender's share is *per_second* notices; *waiting* says how long `registry.live` is.

        What it says is half a second old: so long a flood has turns with its neighbours, at the registry.
        """
        self._share = FairShare(per_second, clock)
        self._waiting = waiting
        self._is_long = False
        self._is_behind = False

    def lane_of(self, sender: str, *, backfill: bool) -> Lane:
        """The lane of a notice that *sender* tells now; *backfill* as it says itself."""
        if backfill:
            return "backfill"
        has_share = self._share.take(sender)
        waiting = self._waiting()
        self._is_long = waiting > (ABREAST_MESSAGES if self._is_long else LONG_MESSAGES)
        is_behind = waiting > (ABREAST_MESSAGES if self._is_behind else BEHIND_MESSAGES)
        if is_behind != self._is_behind:
            self._is_behind = is_behind
            log.warning("live_notices_take_turns", wait_with_history=is_behind, waiting=waiting)
        if is_behind or (self._is_long and not has_share):
            return "backfill"
        return "live"


class FairShare:
    """How much of what each sender tells is within its share.

    A bucket for each, filled at a steady rate; there are at most as many as members in the directory.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        """*per_second* for each; twice as many at once."""
        self._per_second = per_second
        self._most = float(per_second * BURST_SECONDS)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, sender: str) -> bool:
        """Whether one more of *sender* is; it is counted."""
        now = self._clock()
        left, at = self._buckets.get(sender, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        is_within = left >= 1
        self._buckets[sender] = (left - is_within, now)
        return is_within
