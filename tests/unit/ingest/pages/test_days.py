"""Days as people type them."""

import pytest

from services.ingest.pages.days import day_told, day_typed


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("30/05/2025", "2025-05-30"),
        (" 3/5/2025 ", "2025-05-03"),
        ("30.05.2025", "2025-05-30"),
        ("30-05-2025", "2025-05-30"),
        ("30 05 2025", "2025-05-30"),
        ("30052025", "2025-05-30"),
        ("20122025", "2025-12-20"),
        ("20250530", "2025-05-30"),
        ("05/2025", "2025-05"),
        ("052025", "2025-05"),
        ("2025", "2025"),
        ("2025-05-30", "2025-05-30"),
        ("2025-05", "2025-05"),
    ],
)
def test_a_day_may_be_typed_in_every_usual_way(typed: str, told: str) -> None:
    """A keypad of a telephone may have no slash, and nobody knows the day of 1996 any more."""
    assert day_told(typed) == told


@pytest.mark.parametrize("typed", ["31/02/2020", "30/05/25", "ontem", "13/2020", "1/1/1", "²/5/2025", ""])
def test_what_is_no_day_stays_as_it_was_typed(typed: str) -> None:
    """The door says what is wrong, and the person finds their own words again."""
    assert day_told(typed) == typed


@pytest.mark.parametrize("told", ["2025-05-30", "2025-05", "2025"])
def test_a_day_that_is_shown_is_understood_again(told: str) -> None:
    """Whoever corrects another field sends this one back unchanged."""
    assert day_told(day_typed(told)) == told
