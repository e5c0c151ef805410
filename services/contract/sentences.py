"""How the documents hold two languages: Portuguese first, English beside it, and apart again for a page."""

from typing import Final

from shared.notices.sentences import Language, Sentence

_IN_LINE: Final = " · "
_IN_TEXT: Final = "\n\n"


def in_line(sentence: Sentence) -> str:
    """A summary: both languages in one line."""
    return sentence.pt + _IN_LINE + sentence.en


def in_text(*sentences: Sentence) -> str:
    """A description: both languages, a paragraph each."""
    return " ".join(each.pt for each in sentences) + _IN_TEXT + " ".join(each.en for each in sentences)


def of_line(text: str, language: Language) -> str:
    """The part of a summary that is in *language*."""
    return _part(text, _IN_LINE, language)


def of_text(text: str, language: Language) -> str:
    """The part of a description that is in *language*."""
    return _part(text, _IN_TEXT, language)


def _part(text: str, between: str, language: Language) -> str:
    portuguese, _, english = text.partition(between)
    return english if language == "en" and english else portuguese
