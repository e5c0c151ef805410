"""Texts that senders write: forms with an example for people, and characters that cannot be kept."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import Meta

from shared.notices.places import LONGEST_MEMBER_ID, MEMBER_FORMAT

END = r"$(?!\n)"
"""The very end of a text: a bare ``$`` also matches before a last line feed."""


def formed(pattern: str, longest: int, example: str) -> Meta:
    """Texts of a form, *longest* in characters; the *example* is shown to whoever writes another one."""
    return Meta(pattern=f"^{pattern}{END}", max_length=longest, examples=[example])


MemberId = Annotated[
    str,
    Meta(
        pattern=r"^(31([0-9]{5})?|org-[a-z0-9]+(-[a-z0-9]+)*)" + END,
        max_length=LONGEST_MEMBER_ID,
        description="31 (the state), the IBGE code of a municipality of Minas Gerais, or org-<slug>",
        extra_json_schema={"format": MEMBER_FORMAT},
    ),
]

NUL_ESCAPE = b"\\u0000"
"""A body without this holds no NUL: JSON has no other way to write one."""

_NO_SUBJECT = frozenset({"", "-", "s/n"})
_SURROGATE = re.compile("[\ud800-\udfff]")


def forbidden_characters(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where plain JSON *value* holds what cannot be kept: (path, ``nul_character`` or ``lone_surrogate``)."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, str):
            yield from ((path, code) for code in faults_of(part))
        elif isinstance(part, dict):
            yield from (((*path, name), code) for name in part for code in faults_of(name))
            waiting.extend(((*path, name), held) for name, held in reversed(part.items()))
        elif isinstance(part, list):
            waiting.extend(((*path, index), part[index]) for index in reversed(range(len(part))))


def faults_of(text: str) -> Iterator[str]:
    """What of *text* cannot be kept: ``nul_character``, ``lone_surrogate``."""
    if "\0" in text:
        yield "nul_character"
    if not text.isascii() and _SURROGATE.search(text):
        yield "lone_surrogate"


def normalised_subject(text: str) -> str | None:
    """The reference *text* trimmed and in NFC; None for the ways of writing that there is none."""
    subject = text.strip()
    if not subject.isascii():
        subject = unicodedata.normalize("NFC", subject).strip()
    return None if subject.lower() in _NO_SUBJECT else subject
