"""Members by the names that people give them: municipalities (misspelt ones too), organisations. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from services.ingest.imports.vocabulary import words_of
from services.ingest.imports.words import plain
from shared import data

_ALIKE: Final = 70
_MOST_CANDIDATES: Final = 6
_CODE: Final = re.compile(r"31\d{4,5}")
_CODE_DIGITS: Final = 7
_BEFORE: Final = re.compile(
    r"^(?:(?:prefeitura|pref|pm|p m|municipio|mun|cidade|camara)"
    r"(?: (?:municipal|mun|da cidade|do municipio|de cidade))?(?: de| da| do)? )+"
)
_AFTER: Final = re.compile(r"(?: (?:minas gerais|mg|m g|brasil|br))+$")
_STATE: Final = frozenset(words_of("cells")["state"])


class Found(NamedTuple):
    """A member: its *id*, if the text says it; otherwise the names of those that it may mean."""

    id: str | None = None
    candidates: tuple[str, ...] = ()


class Places:
    """Finds members. *organisations*: names by id, beside the state and its municipalities."""

    def __init__(self, organisations: Mapping[str, str] | None = None) -> None:
        self._ids = set(data.members()) | set(organisations or {})
        self._names = {plain(city.name): city.ibge_code for city in data.municipalities().values()}
        self._names |= {plain(alias): code for alias, code in data.aliases().items()}
        self._spoken = {plain(name): id_ for id_, name in (organisations or {}).items()}
        self._spoken |= dict.fromkeys(_STATE, data.STATE)
        self._by_code = {code[: _CODE_DIGITS - 1]: code for code in data.municipalities()}
        self._found: dict[str, Found] = {}

    def find(self, text: str) -> Found:
        """The member that *text* names, by id, IBGE code (6 digits too), name or older name."""
        found = self._found.get(text)
        if found is None:
            found = self._found[text] = self._find(text)
        return found

    def name_of(self, member: str | None) -> str | None:
        """The name of a municipality; None for any other member."""
        city = data.municipalities().get(member) if member is not None else None
        return city.name if city is not None else None

    def is_municipality(self, text: str) -> bool:
        """Whether *text* is the exact name of a municipality of the state."""
        return _bare(plain(text)) in self._names

    def _find(self, text: str) -> Found:
        told = text.strip()
        if told in self._ids:
            return Found(told)
        words = plain(told)
        if code := _CODE.fullmatch(words.replace(" ", "")):
            return self._of_code(code[0])
        if words in self._spoken:
            return Found(self._spoken[words])
        bare = _bare(words)
        code_of_name = self._names.get(words) or self._names.get(bare)
        return Found(code_of_name) if code_of_name is not None else self._close_to(bare)

    def _close_to(self, bare: str) -> Found:
        close = process.extract(
            bare, self._names.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=_MOST_CANDIDATES
        )
        return Found(candidates=tuple(self._names_of(self._names[name] for name, _, _ in close)))

    def _of_code(self, code: str) -> Found:
        if code in self._ids:
            return Found(code)
        whole = self._by_code.get(code[: _CODE_DIGITS - 1])
        if whole is None:
            return Found()
        return Found(whole) if len(code) < _CODE_DIGITS else Found(candidates=tuple(self._names_of((whole,))))

    def _names_of(self, codes: Iterable[str]) -> Iterable[str]:
        known = data.municipalities()
        return dict.fromkeys(known[code].name for code in codes)


def _bare(words: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", words)).strip()
