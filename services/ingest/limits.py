"""How much one key may send to one process: requests a second, and events a second."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from shared.problems import TooManyRequests

WINDOW_SECONDS = 1
INCOMING_BYTES = 64 * 1024 * 1024
"""Of bodies that are still coming in, for each key: sixteen batches of the largest size."""


class RateLimits:
    """Counts what each key sends. What is refused does not count, so that a patient sender gets through."""

    def __init__(self, requests_per_second: int, events_per_second: int) -> None:
        self._window = MovingWindowRateLimiter(_LoopStorage())
        self._requests = RateLimitItemPerSecond(requests_per_second, WINDOW_SECONDS, "requests")
        self._events = RateLimitItemPerSecond(events_per_second, WINDOW_SECONDS, "events")
        self._incoming: dict[str, int] = {}
        self._closed_until: dict[str, float] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def count_request(self, key: str) -> None:
        """Count one request of *key*, before its body is read; one too many raises `TooManyRequests`."""
        self._count(self._requests, key, 1)

    def count_events(self, key: str, events: int) -> None:
        """Count *events* of *key*. A batch larger than the limit itself takes a whole empty window."""
        try:
            self._count(self._events, key, min(events, self._events.amount))
        except TooManyRequests:
            self._closed_until[key] = time.monotonic() + WINDOW_SECONDS
            raise

    def require_patience(self, key: str) -> None:
        """Refuse a batch of *key* unread that comes before the time which the last refusal named.

        Counting a batch's events takes tens of milliseconds, which everybody else would wait for.
        """
        if time.monotonic() < self._closed_until.get(key, 0.0):
            raise _too_many("events", f"{self._events.amount};w={WINDOW_SECONDS}", 0)

    @asynccontextmanager
    async def batch_turn(self, key: str) -> AsyncIterator[None]:
        """Read a batch of *key* now, alone; unless one that was read before it has used up its patience."""
        async with self._turns[key]:
            self.require_patience(key)
            yield

    @contextmanager
    def incoming(self, key: str, size_bytes: int) -> Iterator[None]:
        """Hold room for a body of *size_bytes* while it comes in: slow bodies must not fill the memory."""
        held_bytes = self._incoming.get(key, 0) + size_bytes
        if held_bytes > INCOMING_BYTES:
            raise _too_many("incoming", f'{INCOMING_BYTES};qu="content-bytes"', 0)
        self._incoming[key] = held_bytes
        try:
            yield
        finally:
            self._incoming[key] -= size_bytes

    def _count(self, policy: RateLimitItemPerSecond, key: str, cost: int) -> None:
        if self._window.hit(policy, key, cost=cost):
            return
        left = max(0, self._window.get_window_stats(policy, key).remaining)
        raise _too_many(policy.namespace, f"{policy.amount};w={WINDOW_SECONDS}", left)


def _too_many(policy: str, quota: str, left: int) -> TooManyRequests:
    """The refusal (draft-ietf-httpapi-ratelimit-headers): within one window all units are free again."""
    return TooManyRequests(
        retry_after_seconds=WINDOW_SECONDS,
        headers={
            "RateLimit-Policy": f'"{policy}";q={quota}',
            "RateLimit": f'"{policy}";r={left};t={WINDOW_SECONDS}',
        },
    )


class _LoopStorage(MemoryStorage):
    """The library's storage in memory, for one event loop: without its locks and its cleaning thread.

    That thread is started anew up to a hundred times a second, and each start waits for it: a tenth of
    ingest's time. Here every hit cleans its own window, which holds no more hits than the limit allows.
    """

    def __init__(self) -> None:
        super().__init__()
        self._hits: dict[str, deque[tuple[float, int]]] = {}
        self._counts: dict[str, int] = {}

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take *amount* of *limit* for *expiry* seconds; or nothing, and False, if it is too much."""
        now, count = self.get_moving_window(key, limit, expiry)
        if count + amount > limit:
            return False
        self._hits[key].append((now, amount))
        self._counts[key] = count + amount
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002
        """The moment, and how much of the last *expiry* seconds is taken."""
        now = time.monotonic()
        hits = self._hits.setdefault(key, deque())
        count = self._counts.get(key, 0)
        while hits and hits[0][0] <= now - expiry:
            count -= hits.popleft()[1]
        self._counts[key] = count
        return now, count
