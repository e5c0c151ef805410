"""Rates of one key."""

import asyncio
from types import SimpleNamespace

import pytest

from services.ingest import limits as limits_module
from services.ingest.limits import INCOMING_BYTES, WINDOW_SECONDS, RateLimits
from shared.problems import TooManyRequests


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Seconds that the test counts: `now`."""
    found = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(limits_module, "time", SimpleNamespace(monotonic=lambda: found.now))
    return found


def test_requests_over_the_rate_are_refused_with_when_to_come_back() -> None:
    """A sender that runs wild learns it, and by how much to slow down; another key is not touched."""
    limits = RateLimits(requests_per_second=2, events_per_second=10)
    limits.count_request("wild")
    limits.count_request("wild")
    with pytest.raises(TooManyRequests) as refused:
        limits.count_request("wild")
    assert refused.value.headers == {
        "Retry-After": "1",
        "RateLimit-Policy": '"requests";q=2;w=1',
        "RateLimit": '"requests";r=0;t=1',
    }
    limits.count_request("calm")


def test_what_is_refused_does_not_count() -> None:
    """A batch that is too much for now leaves room for a smaller one."""
    limits = RateLimits(requests_per_second=100, events_per_second=10)
    limits.count_events("key", 6)
    with pytest.raises(TooManyRequests) as refused:
        limits.count_events("key", 6)
    assert refused.value.headers["RateLimit"] == '"events";r=4;t=1'
    limits.count_events("key", 4)


def test_room_comes_back_when_the_window_has_passed(clock: SimpleNamespace) -> None:
    """A sender that waits as long as it was told gets through."""
    limits = RateLimits(requests_per_second=1, events_per_second=10)
    limits.count_request("key")
    with pytest.raises(TooManyRequests):
        limits.count_request("key")
    clock.now += WINDOW_SECONDS
    limits.count_request("key")


async def test_batches_of_a_key_are_read_one_after_the_other() -> None:
    """The first that is too much refuses those behind it unread; another key's is not among them."""
    limits = RateLimits(requests_per_second=100, events_per_second=10)
    read: list[tuple[str, int]] = []

    async def send(key: str, number: int) -> None:
        async with limits.batch_turn(key):
            read.append((key, number))
            await asyncio.sleep(0)
            limits.count_events(key, 9)

    sent = [send("wild", number) for number in range(6)]
    found = await asyncio.gather(*sent, send("calm", 0), return_exceptions=True)
    assert read == [("wild", 0), ("calm", 0), ("wild", 1)]
    assert [type(each) for each in found] == [type(None), *[TooManyRequests] * 5, type(None)]


def test_bodies_that_drip_in_are_bounded_together() -> None:
    """A key with a thousand slow connections fills its own share of the memory and no more."""
    limits = RateLimits(requests_per_second=100, events_per_second=1000)
    with limits.incoming("slow", INCOMING_BYTES):
        with pytest.raises(TooManyRequests), limits.incoming("slow", 1):
            pass
        with limits.incoming("other", 1):
            pass
    with limits.incoming("slow", 1):
        pass


def test_a_batch_larger_than_the_rate_gets_through_an_empty_window() -> None:
    """A low rate slows large batches down, and never makes them impossible."""
    limits = RateLimits(requests_per_second=100, events_per_second=10)
    limits.count_events("key", 1000)
    with pytest.raises(TooManyRequests):
        limits.count_events("key", 1)
