"""By which queue a notice goes: live ones go by the live one, until very many wait there."""

from services.ingest.lanes import (
    ABREAST_MESSAGES,
    BEHIND_MESSAGES,
    BURST_SECONDS,
    LONG_MESSAGES,
    FairShare,
    Lanes,
)


class Clock:
    """Seconds that the test counts."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def taken(share: FairShare, sender: str, tries: int) -> int:
    """How many of so many are within it."""
    return sum(share.take(sender) for _ in range(tries))


def test_a_sender_has_its_share_and_no_more() -> None:
    """A burst, then a steady rate, however much it sends."""
    clock = Clock()
    share = FairShare(100, clock)
    assert taken(share, "3106200", 5000) == 100 * BURST_SECONDS
    clock.now += 1
    assert taken(share, "3106200", 5000) == 100
    clock.now += 3600
    assert taken(share, "3106200", 5000) == 100 * BURST_SECONDS


def test_one_that_floods_takes_nothing_from_another() -> None:
    """Shares are each sender's own."""
    share = FairShare(100, Clock())
    taken(share, "3106200", 5000)
    assert share.take("3170206")


def test_what_was_refused_a_place_does_not_count() -> None:
    """Who floods now is not punished later."""
    clock = Clock()
    share = FairShare(10, clock)
    taken(share, "3106200", 100_000)
    clock.now += 0.1
    assert taken(share, "3106200", 5) == 1


class Road:
    """Lanes with a live queue as long as the test says, shares of 10."""

    def __init__(self) -> None:
        self.waiting = 0
        self.clock = Clock()
        self.lanes = Lanes(5, lambda: self.waiting, self.clock)

    def sees(self, waiting: int) -> None:
        """So many wait, as seen a while later."""
        self.clock.now += 10
        self.waiting = waiting

    def live(self, sender: str, tries: int) -> int:
        """How many of so many live notices of *sender* go by the live queue."""
        return [self.lanes.lane_of(sender, backfill=False) for _ in range(tries)].count("live")


def test_while_few_wait_every_live_notice_is_live() -> None:
    """However many one sender tells: there is nobody whom it delays."""
    road = Road()
    road.sees(LONG_MESSAGES)
    assert road.live("3106200", 10_000) == 10_000


def test_history_is_history() -> None:
    """Whoever says so itself never goes before live notices, and spends nothing of its share."""
    road = Road()
    assert {road.lanes.lane_of("3106200", backfill=True) for _ in range(100)} == {"backfill"}
    road.waiting = LONG_MESSAGES + 1
    assert road.live("3106200", 100) == 10


def test_in_a_crowd_whoever_floods_waits_and_its_neighbour_does_not() -> None:
    """Who told more than its share before the crowd was seen has none left."""
    road = Road()
    road.live("3106200", 5000)
    road.waiting = LONG_MESSAGES + 1
    assert road.live("3106200", 100) == 0
    assert road.live("3170206", 5) == 5


def test_a_crowd_is_over_when_few_wait() -> None:
    """Between the marks nothing changes: otherwise it would flap with every look."""
    road = Road()
    road.waiting = LONG_MESSAGES + 1
    road.live("3106200", 5000)
    road.sees(ABREAST_MESSAGES + 1)
    assert road.live("3106200", 100) == 10
    road.sees(ABREAST_MESSAGES)
    assert road.live("3106200", 100) == 100


def test_behind_everybody_waits_with_history_until_the_live_queue_is_worked_off() -> None:
    """So that what comes after an outage finds the live queue short, and passes what came in it."""
    road = Road()
    road.waiting = BEHIND_MESSAGES + 1
    assert road.live("3170206", 5) == 0
    road.waiting = ABREAST_MESSAGES + 1
    assert road.live("3170206", 5) == 0
    road.waiting = ABREAST_MESSAGES
    assert road.live("3170206", 5) == 5
