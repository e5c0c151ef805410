"""Canonical JSON (RFC 8785) and the text form of bytes."""

from binascii import b2a_base64
from collections.abc import Sequence
from typing import Any

import msgspec
import rfc8785

LARGEST_INTEGER = 2**53 - 1
"""I-JSON (RFC 7493): an integer beyond this is not the same number to every reader."""

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_encode = msgspec.json.Encoder(order="deterministic").encode


def canonical(value: Any) -> bytes:
    """*value* (plain JSON values) in canonical form; ValueError if it has none (NaN, a lone surrogate)."""
    try:
        if is_plain(value):
            return _encode(value)
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, TypeError, RecursionError) as error:
        raise ValueError("this value has no canonical JSON form") from error


def canonical_of_plain(value: Any) -> bytes:
    """`canonical` of what `is_plain` says yes to."""
    return _encode(value)


def is_plain(value: Any) -> bool:
    """True where msgspec's sorted form is the canonical one: no float, no large integer, ASCII names only.

    RFC 8785 sorts names by UTF-16 units and writes floats as ECMAScript does; msgspec does neither.
    The loop is over a list that grows while it is read: this is asked for every notice, several times.
    """
    parts = [value]
    for part in parts:
        kind = type(part)
        if kind is str or part is None or kind is bool:
            continue
        if kind is dict:
            if not "".join(part).isascii():
                return False
            parts.extend(part.values())
        elif kind is list:
            parts.extend(part)
        elif kind is not int or not -LARGEST_INTEGER <= part <= LARGEST_INTEGER:
            return False
    return True


def base64urls(raws: Sequence[bytes]) -> list[str]:
    """`base64url` of each of *raws*, which are all of one length, in one go."""
    if not raws:
        return []
    length = len(raws[0])
    gap = bytes(-length % 3)  # so that each begins a group of its own
    text = b2a_base64(gap.join(raws) + gap, newline=False).translate(_URL_SAFE).decode("ascii")
    width, kept = (length + len(gap)) // 3 * 4, (length * 4 + 2) // 3
    return [text[at : at + kept] for at in range(0, len(text), width)]


def base64url(raw: bytes) -> str:
    """*raw* in URL-safe base64 without padding (RFC 4648, section 5)."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")
