"""How much one key may send to one process: requests a second, and events a second."""

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from shared.problems import TooManyRequests

WINDOW_SECONDS = 1


class RateLimits:
    """Counts what each key sends. What is refused does not count, so that a patient sender gets through."""

    def __init__(self, requests_per_second: int, events_per_second: int) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerSecond(requests_per_second, WINDOW_SECONDS, "requests")
        self._events = RateLimitItemPerSecond(events_per_second, WINDOW_SECONDS, "events")

    def count_request(self, key: str) -> None:
        """Count one request of *key*, before its body is read; one too many raises `TooManyRequests`."""
        self._count(self._requests, key, 1)

    def count_events(self, key: str, events: int) -> None:
        """Count *events* of *key*. A batch larger than the limit itself takes a whole empty window."""
        self._count(self._events, key, min(events, self._events.amount))

    def _count(self, policy: RateLimitItemPerSecond, key: str, cost: int) -> None:
        if self._window.hit(policy, key, cost=cost):
            return
        left = max(0, self._window.get_window_stats(policy, key).remaining)
        # draft-ietf-httpapi-ratelimit-headers: all units are free again at the latest one window from now.
        raise TooManyRequests(
            retry_after_seconds=WINDOW_SECONDS,
            headers={
                "RateLimit-Policy": f'"{policy.namespace}";q={policy.amount};w={WINDOW_SECONDS}',
                "RateLimit": f'"{policy.namespace}";r={left};t={WINDOW_SECONDS}',
            },
        )
