"""A trace id is taken from whoever gives a good one, and goes on as W3C Trace Context says."""

import re

import pytest

from services.ingest.following import BURST_SECONDS, Following
from shared.tracing import carried_trace, followed_trace, trace_of, traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = f"00-{TRACE}-00f067aa0ba902b7-01"
HEX = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize(
    "told",
    [GIVEN, GIVEN.replace("-01", "-00"), f"cc-{TRACE}-00f067aa0ba902b7-01-what-will-be"],
)
def test_a_well_formed_trace_is_the_senders(told: str) -> None:
    """The sender finds its own id in our logs, whatever flags and whatever later version it speaks."""
    assert trace_of([told]) == TRACE


@pytest.mark.parametrize(
    "told",
    [
        [],
        [GIVEN, GIVEN],
        [GIVEN.upper()],
        [f"00-{'0' * 32}-00f067aa0ba902b7-01"],
        [f"00-{TRACE}-{'0' * 16}-01"],
        [f"ff-{TRACE}-00f067aa0ba902b7-01"],
        [GIVEN + "-more"],
        [GIVEN + "\n"],
        ["cc" + GIVEN[2:] + "-" + "x" * 10_000],
        ["Fulana de Tal"],
    ],
)
def test_anything_else_gets_a_new_one(told: list[str]) -> None:
    """What a sender writes there reaches logs and the feed: so nothing but hexadecimal digits passes."""
    found = trace_of(told)
    assert HEX.fullmatch(found)
    assert found != TRACE
    assert trace_of(told) != found


def test_what_goes_on_says_whether_it_is_followed() -> None:
    """The flag decides at every stage alike; the id is carried either way."""
    followed, counted = traceparent(TRACE, followed=True), traceparent(TRACE, followed=False)
    assert [followed_trace(each) for each in (followed, counted, None, "junk")] == [TRACE, None, None, None]
    assert [carried_trace(each) for each in (followed, counted, None, 7, "junk")] == [
        TRACE,
        TRACE,
        None,
        None,
        None,
    ]
    assert trace_of([followed]) == TRACE


def test_so_many_are_followed_and_history_hides_nothing_that_is_live() -> None:
    """A load of history would otherwise use up what the live notices are followed by."""
    following = Following(5)
    history = [following.traceparent(TRACE, backfill=True) for _ in range(10 * 5 * BURST_SECONDS)]
    followed = [each for each in history if followed_trace(each)]
    assert 5 * BURST_SECONDS <= len(followed) < len(history) // 2
    assert followed_trace(following.traceparent(TRACE, backfill=False)) == TRACE


def test_none_are_followed_when_none_shall_be() -> None:
    """Whoever has no room for lines sets it to zero."""
    assert followed_trace(Following(0).traceparent(TRACE, backfill=False)) is None
