"""The header Prefer."""

import pytest

from services.ingest.preferences import wait_seconds


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (["wait=10"], 10),
        (["respond-async, wait=5"], 5),
        (["respond-async", "Wait = 5"], 5),
        (['wait="7"; note=x'], 7),
        (["wait=0"], 0),
        (["wait=3600"], 30),
        (["wait=3, wait=9"], 3),
    ],
)
def test_the_wait_that_a_sender_would_like_is_understood(lines: list[str], seconds: int) -> None:
    """RFC 7240: several preferences, several lines, quotes, capitals; the first counts, 30 s at most."""
    assert wait_seconds(lines) == seconds


@pytest.mark.parametrize(
    "line",
    [
        "",
        "wait",
        "wait=",
        "wait=-1",
        "wait=1.5",
        "wait=٣",
        "wait=ten",
        "wait=" + "9" * 4000,
        "waiting=3",
        "\udcff=1",
        ",;=",
    ],
)
def test_a_preference_that_means_nothing_is_ignored(line: str) -> None:
    """RFC 7240, section 2: what cannot be understood is ignored, never refused, and breaks nothing."""
    assert wait_seconds([line]) is None
