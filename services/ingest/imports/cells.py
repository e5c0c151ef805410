"""What a cell may hold that says nothing. Pure."""

import re
from functools import lru_cache
from typing import Final

from services.ingest.imports.vocabulary import words_of
from services.ingest.imports.words import plain

_BLANKS: Final = frozenset(words_of("cells")["blank"])
_LONGEST_BLANK: Final = 60
_NEVER_BLANK: Final = frozenset("123456789")
_FAILED_FORMULA: Final = re.compile(
    r"#(?:REF|VALOR|VALUE|DIV/0|NOME|NAME|N/D|N/A|NUM|NÚM|NULO|NULL)[!?]?", re.IGNORECASE
)


@lru_cache(maxsize=65536)
def is_blank(text: str) -> bool:
    """Whether a cell says nothing: empty, ``-``, ``S/N``, ``não informado``, or a formula's failure."""
    if len(text) > _LONGEST_BLANK or text[:1] in _NEVER_BLANK:
        return False
    words = plain(text)
    if not words:
        return not any(char.isalnum() for char in text)
    return words in _BLANKS or _FAILED_FORMULA.fullmatch(text.strip()) is not None
