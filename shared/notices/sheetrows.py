"""How the notices of a sheet's row are named, so that a repeated upload repeats nothing.

A row is told first under an id made of its process number (without one, of what tells it from other rows).
What it says later with other content goes out as a correction, ``linha-<protocol>.c0001``, ``.c0002``, …, in
the order in which it was said: the fold takes notices of no date in the order of their ids. The end of an
agreement has a name of its own; told for another day, it is taken back and told anew.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from shared.notices.protocol import is_well_formed, protocol_of, tidy

SOURCE: Final = "/planilha"
"""The source of all notices that come from a sheet."""

_OPENING: Final = "linha-"
_END: Final = ".fim"
_TAKEN_BACK: Final = ".retirada"
_COUNT_DIGITS: Final = 4
_FIRST: Final = re.compile(r"linha-[a-p]{24}(?:\.tratativa)?")
_CORRECTION: Final = re.compile(r"(linha-MG-[0-9A-Z]{13})\.c([0-9]{4})")
_ENDED: Final = re.compile(r"linha-MG-[0-9A-Z]{13}\.fim(?:\.c[0-9]{4})?")
# In letters: eleven digits in a row may happen to be somebody's CPF, which no identifier may hold.
_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_PROTOCOL: Final = re.compile(r"MG-[0-9A-HJKMNP-TV-Z]{13}", re.IGNORECASE)


def first_id(subject: str | None, natural_key: Sequence[str], *, negotiating: bool = False) -> str:
    """The id of the notice that tells a row for the first time, of its negotiation or of itself."""
    text = f"subject\n{subject}" if subject is not None else "\n".join(("row", *natural_key))
    letters = sha256(text.encode()).hexdigest()[:24].translate(_LETTERS)
    return _OPENING + letters + (".tratativa" if negotiating else "")


def protocol(member: str, id_: str) -> str:
    """The protocol of a row's notice."""
    return protocol_of(member, SOURCE, id_)


def correction_id(told_first: str, count: int) -> str:
    """The id of the *count*-th correction of the row that was told first under the protocol *told_first*."""
    return f"{_OPENING}{told_first}.c{count:0{_COUNT_DIGITS}d}"


def end_id(told_first: str, count: int = 0) -> str:
    """The id of the notice that tells a row's end; of its *count*-th correction."""
    return f"{_OPENING}{told_first}{_END}" + (f".c{count:0{_COUNT_DIGITS}d}" if count else "")


def retraction_id(ended: str) -> str:
    """The id of the notice that takes back the end told under the id *ended*."""
    return ended + _TAKEN_BACK


def next_id(id_: str, told_as: str) -> str | None:
    """The id of what overtakes a row's notice, called *id_* and known as *told_as*; None for any other."""
    if _FIRST.fullmatch(id_):
        return correction_id(told_as, 1)
    if match := _CORRECTION.fullmatch(id_):
        return correction_id(match[1].removeprefix(_OPENING), int(match[2]) + 1)
    return retraction_id(id_) if _ENDED.fullmatch(id_) else None


def protocol_in(text: str) -> str | None:
    """The first protocol that stands in a cell of an earlier report; None if there is none."""
    match = _PROTOCOL.search(text)
    if match is None:
        return None
    number = tidy(match[0])
    return number if is_well_formed(number) else None
