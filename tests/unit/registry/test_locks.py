"""Advisory locks are numbers: two parts with the same one would wait for each other for ever."""

import re
from collections import Counter

from deploy.local.layout import CHECKOUT


def test_every_advisory_lock_has_a_number_of_its_own() -> None:
    """A part that shares another's lock never leads, and looks ready all the while."""
    numbers = Counter(
        number
        for file in (CHECKOUT / "services").rglob("*.py")
        for number in re.findall(r"^\w+: Final = (853_\d{3}_\d{3})\b", file.read_text(), re.MULTILINE)
    )
    assert len(numbers) > 10
    assert {number for number, times in numbers.items() if times > 1} == set()
