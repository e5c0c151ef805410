"""The words of the pages: Portuguese stands in templates and code, English in gettext catalogues.

A catalogue for each area of the pages, `locale/en/<area>.po`, kept by Babel: `make words` writes what is new
into them. They are read as they are: nothing has to be compiled.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.notices.sentences import Language

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LOCALE: Final = Path(__file__).parent / "locale" / "en"


class Words:
    """What the pages say, in one language. Named as gettext names them, so that Babel finds what is said."""

    def __init__(self, told: Mapping[str | tuple[str, str], str | tuple[str, ...]]) -> None:
        """*told* has the words by what stands in their place, or by its singular and plural."""
        self._told = told

    def gettext(self, message: str) -> str:
        """*message* in this language."""
        told = self._told.get(message, message)
        return told if isinstance(told, str) else told[0]

    def ngettext(self, one: str, many: str, n: int) -> str:
        """*one* or *many*, as *n* asks for."""
        told = self._told.get((one, many), (one, many))
        return told[0 if n == 1 else -1]


@cache
def words(language: Language) -> Words:
    """The words of all pages. Raises OSError or UnicodeError where a catalogue cannot be read."""
    if language == "pt":
        return Words({})
    told: dict[str | tuple[str, str], str | tuple[str, ...]] = {}
    for file in sorted(LOCALE.glob("*.po")):
        for message in catalogue(file):
            if message.id and message.string:
                told[message.id if isinstance(message.id, str) else (message.id[0], message.id[1])] = (
                    message.string if isinstance(message.string, str) else tuple(message.string)
                )
    return Words(told)


def catalogue(file: Path) -> "Catalog":
    """What *file* holds."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 (a house that speaks Portuguese never needs it)

    with file.open("rb") as stream:
        return read_po(stream, locale="en")
