"""What is put off, in which order, and when it is taken again."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.pressure import CALM_SECONDS, NEVER, ORDER, Kind, Pressure, Signal
from shared.problems import Unavailable

LIMITS = (10.0, 20.0, 30.0)


class Weather:
    """A signal whose value the test says, and a clock that it moves."""

    def __init__(self, **options: Any) -> None:
        self.now = 1000.0
        self.value = 0.0
        self.pressure = Pressure(clock=lambda: self.now, **options)
        self.pressure.add(Signal("waiting", "{0:.0f} wait", lambda: self.value, LIMITS))

    def samples(self, count: int, value: float, apart: float = 0.5) -> None:
        """The signal stays at *value* for so many samples."""
        self.value = value
        for _ in range(count):
            self.now += apart
            self.pressure.sample()

    def put_off(self) -> list[Kind]:
        """What would be answered 503 now."""
        found: list[Kind] = []
        for kind in ORDER:
            try:
                self.pressure.require(kind)
            except Unavailable:
                found.append(kind)
        return found


@pytest.mark.parametrize(
    ("value", "put_off"),
    [
        (0.0, []),
        (9.9, []),
        (10.0, ["imports"]),
        (20.0, ["imports", "backfill"]),
        (30.0, ["imports", "backfill", "exports"]),
        (1e9, ["imports", "backfill", "exports"]),
    ],
)
def test_what_can_wait_longest_is_put_off_first(value: float, put_off: list[Kind]) -> None:
    """Imports, then history, then files: the more there is, the more is put off, in this order only."""
    weather = Weather()
    weather.samples(2, value)
    assert weather.put_off() == put_off


def test_a_hiccup_puts_nothing_off() -> None:
    """One late sample is a collection of garbage, or a machine that was asleep."""
    weather = Weather()
    for _ in range(20):
        weather.samples(1, 1e9)
        weather.samples(1, 0.0)
    assert weather.put_off() == []


def test_what_was_put_off_is_taken_again_a_step_at_a_time_after_a_calm_while() -> None:
    """Who was told to come back must not all be told so again in the next second."""
    weather = Weather()
    weather.samples(2, 30.0)
    assert weather.put_off() == ["imports", "backfill", "exports"]
    steps = []
    for _ in range(5):
        weather.samples(1, 0.0, apart=CALM_SECONDS)
        steps.append(weather.put_off())
    assert steps == [["imports", "backfill", "exports"], ["imports", "backfill"], ["imports"], [], []]


def test_just_below_a_limit_is_not_calm() -> None:
    """Between half of the limit and the limit nothing changes: otherwise it would flap."""
    weather = Weather()
    weather.samples(2, 10.0)
    weather.samples(100, 6.0)
    assert weather.put_off() == ["imports"]
    weather.samples(100, 4.0)
    assert weather.put_off() == []


def test_the_worst_signal_counts() -> None:
    """Calm on one side is no comfort on the other; and a signal may leave some work alone for ever."""
    weather = Weather()
    room = 1.0
    weather.pressure.add(Signal("room", "full to {0:.0%}", lambda: room, (0.5, 0.7, NEVER)))
    weather.samples(2, 0.0)
    assert weather.put_off() == ["imports", "backfill"]


def test_operators_are_told_what_and_why() -> None:
    """Readiness stays well, since it is on purpose, and says so; the log has both turns of the road."""
    weather = Weather()
    with capture_logs() as logs:
        weather.samples(2, 25.0)
        state = weather.pressure.readiness()
        weather.samples(100, 0.0)
    assert (state.ok, state.detail) == (True, "puts off imports, backfill: 25 wait")
    assert weather.pressure.readiness().detail is None
    assert [line["event"] for line in logs] == ["load_put_off", "load_taken_again", "load_taken_again"]
    assert logs[0]["kinds"] == ["imports", "backfill"]
    assert logs[0]["why"] == "25 wait"


def test_who_is_put_off_is_told_when_to_come_back() -> None:
    """In words, and in seconds for programs."""
    weather = Weather()
    weather.samples(2, 30.0)
    for kind in ORDER:
        with pytest.raises(Unavailable) as raised:
            weather.pressure.require(kind)
        answer = raised.value.response("pt")
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0


def test_an_operator_may_have_nothing_put_off() -> None:
    """MALHA_SHEDDING=false: the signals are shown, and nothing is refused."""
    weather = Weather(puts_off=False)
    weather.samples(10, 1e9)
    assert weather.put_off() == []
