"""How long mandates, and the accounts under them, last."""

from datetime import date

import pytest

from services.registry.network.mandates import Kind, account_ends, mandate_began, mandate_ends


@pytest.mark.parametrize(
    ("kind", "day", "began", "ends"),
    [
        ("municipality", date(2026, 11, 22), date(2025, 1, 1), date(2028, 12, 31)),
        ("municipality", date(2028, 12, 31), date(2025, 1, 1), date(2028, 12, 31)),
        ("municipality", date(2029, 1, 1), date(2029, 1, 1), date(2032, 12, 31)),
        ("state", date(2026, 11, 22), date(2023, 1, 1), date(2027, 1, 5)),
        ("state", date(2027, 1, 5), date(2023, 1, 1), date(2027, 1, 5)),
        ("state", date(2027, 1, 6), date(2027, 1, 6), date(2031, 1, 5)),
        ("state", date(2028, 6, 1), date(2027, 1, 6), date(2031, 1, 5)),
        ("organisation", date(2026, 11, 22), None, None),
    ],
)
def test_a_mandate_is_the_one_that_runs_on_the_day(
    kind: Kind, day: date, began: date | None, ends: date | None
) -> None:
    """Mayors go at the end of the year; governors on 5 January, from 2027 on."""
    assert mandate_began(kind, day) == began
    assert mandate_ends(kind, day) == ends


def test_accounts_outlive_their_mandate_by_thirty_days() -> None:
    """Whoever leaves hands over; an organisation has no mandate to end with."""
    today = date(2026, 11, 22)
    assert account_ends("municipality", today) == date(2029, 1, 30)
    assert account_ends("state", today) == date(2027, 2, 4)
    assert account_ends("organisation", today) is None
