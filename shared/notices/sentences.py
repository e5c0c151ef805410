"""One sentence in the two languages of the house, Portuguese first."""

from typing import Any, Literal

import msgspec

Language = Literal["pt", "en"]


class Sentence(msgspec.Struct, frozen=True):
    """A sentence in Portuguese and in English; a template, if it has ``{names}`` in it."""

    pt: str
    en: str

    def format(self, **values: Any) -> "Sentence":
        """The sentence with its ``{names}`` filled in; values may be Sentences themselves."""
        return Sentence(pt=_fill(self.pt, "pt", values), en=_fill(self.en, "en", values))

    def in_language(self, language: Language) -> str:
        """The sentence in *language*: ``pt`` or ``en``."""
        return self.en if language == "en" else self.pt


def _fill(template: str, language: Language, values: dict[str, Any]) -> str:
    spoken = {
        name: value.in_language(language) if isinstance(value, Sentence) else value
        for name, value in values.items()
    }
    return template.format(**spoken)
