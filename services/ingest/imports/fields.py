"""What a column may tell, and how people call it. Pure."""

from typing import Final

import msgspec

from services.ingest.imports.vocabulary import words_of
from shared.notices.sentences import Sentence


class Field(msgspec.Struct, frozen=True):
    """Something that a column may tell. Several columns may tell it together only where it is *many*."""

    pt: str
    en: str
    titles: tuple[str, ...]
    many: bool = False

    @property
    def meaning(self) -> Sentence:
        """What it is, in words."""
        return Sentence(self.pt, self.en)


FIELDS: Final = msgspec.convert(words_of("fields"), dict[str, Field])

IGNORED: Final = frozenset({"sent", "remark", "document_number"})
"""Understood, and told to nobody: what is ours already, or meant for colleagues alone."""
