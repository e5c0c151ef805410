"""The process that sets one sheet: its content in JSON comes in, a PDF goes out. It has nothing else to do.

What people wrote comes as data, and is never read as markup. Of writing systems that the font lacks, a mark
stands in their place, since PDF/UA admits no letter without a shape.
"""

import re
import sys
import unicodedata
from pathlib import Path
from typing import Any, Final

import msgspec

STANDARD: Final = "ua-1"
"""PDF/UA-1 (ISO 14289-1): a tagged document, for readers that speak it."""
UNWRITTEN: Final = "[…]"
_TEMPLATE: Final = Path(__file__).with_name("briefing.typ")
_ALL_ELSE: Final = re.compile(
    # Basic Latin to Latin Extended-B, Greek, Cyrillic, Latin Extended Additional, dashes, quotes, euro, №, ™.
    "[^\\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u017f\u0384-\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"
    "\u0400-\u045f\u1e80-\u1e85\u1ef2\u1ef3\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u2032\u2033\u2039"
    "\u203a\u20ac\u2116\u2122\u2192\u2212]+"
)
_LONG: Final = re.compile(r"[^\s]{25,}")
_PIECES: Final = re.compile(r".{1,24}", re.DOTALL)
_BREAK: Final = "\u200b"
"""Where a line may break: a word without end stays in its column."""


def written(value: Any) -> Any:
    """*value* with every text in it as the font can write it."""
    if isinstance(value, str):
        return _written(value)
    if isinstance(value, dict):
        return {name: written(each) for name, each in value.items()}
    return [written(each) for each in value] if isinstance(value, list) else value


def _written(text: str) -> str:
    plain = unicodedata.normalize("NFC", text)
    shown = "".join(
        letter for letter in plain if unicodedata.category(letter) not in {"Cc", "Cf"} or letter == "\n"
    )
    return _LONG.sub(lambda word: _BREAK.join(_PIECES.findall(word[0])), _ALL_ELSE.sub(UNWRITTEN, shown))


def typeset(content: bytes) -> bytes:
    """The sheet of *content* as a PDF. Raises msgspec.DecodeError or typst.TypstError."""
    import typst  # noqa: PLC0415 (only this process needs it)

    told = msgspec.json.encode(written(msgspec.json.decode(content))).decode()
    fonts = typst.Fonts(include_system_fonts=False)
    compiler = typst.Compiler(
        _TEMPLATE, font_paths=fonts, ignore_system_fonts=True, sys_inputs={"content": told}
    )
    sheet = compiler.compile(format="pdf", pdf_standards=STANDARD)
    if not isinstance(sheet, bytes):
        raise TypeError("typst wrote no single document")
    return sheet


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read()))
