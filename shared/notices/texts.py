"""Texts that senders write: the kinds that data are made of, and characters that cannot be kept."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import Meta

from shared.notices.places import LONGEST_MEMBER_ID, MEMBER_FORMAT

END = r"$(?!\n)"
"""The very end of a text: a bare ``$`` also matches before a last line feed."""

_SOMETHING = r"\S"

Line = Annotated[str, Meta(pattern=_SOMETHING, max_length=500)]
"""A name or a title: not blank, 500 characters."""
LongText = Annotated[str, Meta(pattern=_SOMETHING, max_length=20_000)]
"""Some paragraphs: not blank, 20,000 characters."""
Reference = Annotated[str, Meta(pattern=_SOMETHING, max_length=200)]
"""A subject told inside data (parent, by, into): not blank, 200 characters."""
MemberId = Annotated[
    str,
    Meta(
        pattern=r"^(31([0-9]{5})?|org-[a-z0-9]+(-[a-z0-9]+)*)" + END,
        max_length=LONGEST_MEMBER_ID,
        description="31 (the state), the IBGE code of a municipality of Minas Gerais, or org-<slug>",
        extra_json_schema={"format": MEMBER_FORMAT},
    ),
]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s/]+\S*" + END, max_length=2_000)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + END)]
Amount = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?" + END,
        description="a decimal number as text, with a dot: 1250000.00",
    ),
]
WikidataId = Annotated[str, Meta(pattern=r"^Q[1-9][0-9]{0,11}" + END)]
LanguageTag = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*" + END, max_length=35)]
Email = Annotated[str, Meta(pattern=r"^[^\s@]+@[^\s@]+\.[^\s@]+" + END, max_length=254)]
Phone = Annotated[str, Meta(pattern=r"^[0-9+()./\- ]{3,40}" + END)]
ProtocolNumber = Annotated[str, Meta(pattern=r"^MG-[0-9A-HJKMNP-TV-Z]{13}" + END)]

NUL_ESCAPE = b"\\u0000"
"""A body without this holds no NUL: JSON has no other way to write one."""

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
