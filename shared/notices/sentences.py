"""One sentence in the two languages of the house, Portuguese first."""

from typing import Any, Final, Literal

import msgspec

Language = Literal["pt", "en"]
_IN_LINE: Final = " · "
_IN_TEXT: Final = "\n\n"


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


def in_line(sentence: Sentence) -> str:
    """Both languages in one line, for a document that has room for one text."""
    return sentence.pt + _IN_LINE + sentence.en


def in_text(*sentences: Sentence) -> str:
    """Both languages, a paragraph each."""
    return " ".join(each.pt for each in sentences) + _IN_TEXT + " ".join(each.en for each in sentences)


def of_line(text: str, language: Language) -> str:
    """The part of what `in_line` wrote that is in *language*."""
    return _part(text, _IN_LINE, language)


def of_text(text: str, language: Language) -> str:
    """The part of what `in_text` wrote that is in *language*."""
    return _part(text, _IN_TEXT, language)


def _part(text: str, between: str, language: Language) -> str:
    portuguese, _, english = text.partition(between)
    return english if language == "en" and english else portuguese
