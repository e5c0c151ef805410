"""Each lock of the registry is for one purpose."""

import re
from pathlib import Path

import services.registry


def test_no_two_purposes_share_a_lock() -> None:
    """Two parts that take the same number wait for each other for ever, without a word."""
    folder = Path(services.registry.__file__).parent
    numbers = [
        number
        for file in folder.rglob("*.py")
        for number in re.findall(r"LOCK: Final = (853_000_\d{3})\b", file.read_text())
    ]
    assert len(numbers) > 5
    assert sorted(numbers) == sorted(set(numbers))
