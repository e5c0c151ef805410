"""The header `Prefer` (RFC 7240): how long a sender would like to wait for the registry's answer."""

from collections.abc import Iterable

LONGEST_WAIT_SECONDS = 30
_DIGITS_AT_MOST = 9


def wait_seconds(prefer: Iterable[str]) -> int | None:
    """The seconds of the first `wait` in the header's lines, 30 at most; None without a usable one.

    A preference that cannot be understood is ignored (section 2), never refused.
    """
    for line in prefer:
        for preference in line.split(","):
            name, equals, value = preference.partition(";")[0].partition("=")
            if name.strip().lower() != "wait" or not equals:
                continue
            number = value.strip().strip('"')
            if number.isascii() and number.isdigit() and len(number) <= _DIGITS_AT_MOST:
                return min(int(number), LONGEST_WAIT_SECONDS)
            return None
    return None
