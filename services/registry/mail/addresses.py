"""What may stand in a mail's head: addresses that are addresses, and lines that stay one line."""

import re
import unicodedata
from typing import Final

MOST_ADDRESS: Final = 254
"""Characters of an address (RFC 5321, section 4.5.3.1.3)."""
MOST_SUBJECT: Final = 160

_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"({_LOCAL})@({_LABEL}(?:\.{_LABEL})*)")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class NotAnAddress(ValueError):  # noqa: N818 - what it is
    """No mail can go there."""


def address(text: str) -> str:
    """The address that *text* is, its domain in ASCII (RFC 5890). Raises NotAnAddress.

    Quoted and non-ASCII names before the @ are not taken: many servers refuse them.
    """
    name, at, domain = text.strip().rpartition("@")
    try:
        found = f"{name}{at}{domain.encode('idna').decode()}" if domain.strip() else text
    except UnicodeError:
        raise NotAnAddress(text) from None
    if len(found) > MOST_ADDRESS or len(name) > 64 or _ADDRESS.fullmatch(found) is None:  # noqa: PLR2004
        raise NotAnAddress(text)
    return found


def one_line(text: str, most: int = MOST_SUBJECT) -> str:
    """*text* on one line of at most *most* characters, without what is not seen or turns the line around."""
    shown = "".join(
        " " if letter.isspace() else letter
        for letter in text
        if letter.isspace() or unicodedata.category(letter) not in _INVISIBLE
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= most else f"{shown[: most - 1].rstrip()}…"


def storable(text: str) -> str:
    """*text* without what neither a database nor a mail takes: NUL and lone surrogates."""
    return text.replace("\x00", "").encode(errors="ignore").decode()
