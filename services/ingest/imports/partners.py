"""Who stands on the other side, from one cell: one party or several, of which kind, in which country. Pure.

A partner is written, and may be answered, as ``Name (kind, country)``, several of them with ``;`` between.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise, zip_longest
from typing import Any, Final, NamedTuple, get_args

from services.ingest.imports.cells import is_blank
from services.ingest.imports.countries import (
    countries_meant,
    countries_spelt,
    country_named,
    country_of,
    country_within,
)
from services.ingest.imports.findings import first_of
from services.ingest.imports.kinds import is_company, kind_by_words, kind_of
from services.ingest.imports.vocabulary import pattern_of, words_of
from services.ingest.imports.words import plain, tidy
from shared import data
from shared.notices.codelists import WITHOUT_COUNTRY, PartnerKind

HOME: Final = "BR"
_MOST_PARTIES: Final = 20
_KINDS: Final = frozenset(get_args(PartnerKind))
_STATES_OF_BRAZIL: Final = frozenset(
    {"AC", "AL", "AP", "AM", "BA", "CE", "DF", "ES", "GO", "MA", "MT", "MS", "MG", "PA"}
    | {"PB", "PR", "PE", "PI", "RJ", "RN", "RS", "RO", "RR", "SC", "SP", "SE", "TO"}
)
_VOCABULARY: Final = words_of("partners")["divided"]
_AT_HOME: Final = tuple((code, pattern_of(words)) for code, words in words_of("partners")["at_home"].items())
_OPENING: Final = frozenset(_VOCABULARY["opening"])
_ONE_BODY: Final = re.compile(rf"(?:{'|'.join(_VOCABULARY['one_body'])})\b")
_NOTATION: Final = re.compile(r"^(.*\S)\s*\(([^()]*)\)$", re.DOTALL)
_CERTAIN_DIVIDER: Final = re.compile(r"\s*(?:;|\n)\s*|\s+\|\s+")
_DIVIDERS: Final = (
    re.compile(r"\s+/\s+|(?<=[^\W\d_]{4})/(?=[^\W\d_]{4})"),
    re.compile(r"\s+(?:e|and|y|&|\+)\s+"),
)
_CNPJ: Final = re.compile(r"\b\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}\b")
_PROPER_WORDS: Final = 4
_OFTEN_OF_A_COUNTRY: Final = frozenset({"bank", "other"})
"""May go without a country; one that stands in the name (Ministério da Saúde de Cuba) is asked about."""


class Reading(NamedTuple):
    """What a cell says: the *partners* as a notice tells them, or what it may mean instead."""

    partners: tuple[dict[str, Any], ...] = ()
    candidates: tuple[str, ...] = ()
    blank: bool = False
    divided: bool = False
    """The doubt is (also) whether it names several parties."""


class _Party(NamedTuple):
    """One party: what is certain of it, and what it may be, the likeliest first."""

    name: str
    kind: str | None
    country: str | None
    options: tuple[tuple[str, str | None], ...]

    @property
    def is_certain(self) -> bool:
        if self.kind is None or self.country is not None:
            return self.kind is not None
        return self.kind in WITHOUT_COUNTRY and not self.options

    def written(self, at: int) -> str:
        if self.is_certain and self.kind is not None:
            return write(self.name, self.kind, self.country)
        kind, country = self.options[min(at, len(self.options) - 1)]
        return write(self.name, kind, country)

    def told(self) -> dict[str, Any]:
        partner: dict[str, Any] = {"name": self.name, "kind": self.kind}
        if self.country is not None:
            partner["country"] = self.country
        return partner


def read_partners(
    text: str, *, kind: str = "", countries: str = "", hint: str | None = None, chosen: bool = False
) -> Reading:
    """The partners in a cell, with what the columns *kind* and *countries* add.

    *hint* is the kind that the instrument lets one expect; *chosen*: somebody answered with this very text.
    """
    said = tidy(text)
    if is_blank(said):
        return Reading(blank=True)
    parts = [part for part in _CERTAIN_DIVIDER.split(said) if not is_blank(part)][:_MOST_PARTIES]
    whole = _parties(parts, kind, countries, hint)
    divided = [] if chosen else _divided(parts)
    if not divided and all(party.is_certain for party in whole):
        return Reading(tuple(party.told() for party in whole))
    ways = [_parties(divided, kind, countries, hint)] if divided else []
    return Reading(candidates=_candidates([*ways, whole]), divided=bool(divided))


def write(name: str, kind: str, country: str | None) -> str:
    """A partner as it may be answered: ``Torino (city, IT)``."""
    return f"{name} ({kind}, {country})" if country else f"{name} ({kind})"


def _parties(parts: Sequence[str], kind: str, countries: str, hint: str | None) -> list[_Party]:
    named = [tidy(each) for each in re.split(r"[;,/\n]| e ", countries) if not is_blank(each)]
    kinds = [tidy(each) for each in re.split(r"[;\n]", kind) if not is_blank(each)]
    return [
        _party(part, _one_of(kinds, at, len(parts)), _one_of(named, at, len(parts)), len(named) > 1, hint)
        for at, part in enumerate(parts)
    ]


def _one_of(told: Sequence[str], at: int, count: int) -> str:
    if len(told) == 1:
        return told[0]
    return told[at] if len(told) == count else ""


def _party(part: str, kind_cell: str, country_cell: str, several: bool, hint: str | None) -> _Party:  # noqa: FBT001
    name, kind, country = _noted(part)
    from_column = country_of(country_cell) if country_cell else None
    kind = kind or (kind_of(kind_cell) if kind_cell else None)
    if country is None and from_column is not None:
        country = from_column.code
    if country is None and not several and (within := _tail_country(name)) is not None:
        country, name = within
    is_said = kind is not None
    kind = kind or kind_by_words(name)
    if kind is None and country_named(name) is not None:
        kind, country = "nation", country or country_named(name)
    if kind == "nation" and country is None:
        country = country_named(name)
    if country is None and kind is not None and kind in WITHOUT_COUNTRY:
        meant = countries_spelt(name) if kind in _OFTEN_OF_A_COUNTRY and not is_said else ()
        return _Party(name, kind, None, tuple((kind, code) for code in (*meant, None)) if meant else ())
    spelt = from_column.candidates if from_column is not None else ()
    return _Party(name, kind, country, _options(name, kind, country, spelt, hint))


def _noted(part: str) -> tuple[str, str | None, str | None]:
    """The name, the kind and the country of ``Name (kind, country)``; brackets that say neither stay."""
    match = _NOTATION.match(part)
    if match is None:
        return part, None, None
    kind: str | None = None
    country: str | None = None
    words = [word.strip() for word in match[2].split(",")]
    for word in words:
        if word in _KINDS or (kind_of(word) is not None and country_named(word) is None):
            kind = kind_of(word)
        elif (code := country_named(word)) is not None and (len(words) > 1 or word not in _STATES_OF_BRAZIL):
            country = code
        else:
            return part, None, None
    return match[1], kind, country


def _tail_country(name: str) -> tuple[str, str] | None:
    """The country that ends a name (``Torino, Itália``), and the name without it."""
    code = country_within(name)
    if code is None:
        return None
    head, _, tail = max(
        (name.rpartition(mark) for mark in (",", "(", " - ", "–", "—", "/")), key=lambda cut: len(cut[0])
    )
    if tail.strip(" )") in _STATES_OF_BRAZIL or not head.strip():
        return None
    return code, head.strip(" ,-–—(/")


@cache
def _known() -> dict[str, tuple[str, str | None]]:
    """Partners that public sources name, with what they are: good suggestions, no more."""
    return {
        plain(tie.partner_name): (tie.partner_kind, tie.partner_country or None) for tie in data.known_ties()
    }


@cache
def _towns_here() -> frozenset[str]:
    return frozenset(plain(city.name) for city in data.municipalities().values())


def _options(
    name: str, kind: str | None, country: str | None, spelt: tuple[str, ...], hint: str | None
) -> tuple[tuple[str, str | None], ...]:
    found: list[tuple[str, str | None]] = []
    bare = re.sub(r"^(?:prefeitura|municipio|cidade|comune)(?: municipal)?(?: d[aeio]s?)? ", "", plain(name))
    known = _known().get(plain(name)) or _known().get(bare)
    here = _CNPJ.search(name) is not None or (bare in _towns_here() and known is None)
    kinds = [kind] if kind else _likely_kinds(known, hint, here=bare in _towns_here())
    countries: list[str] = [country] if country else [*spelt]
    if not country:
        if known is not None and known[1]:
            countries.append(known[1])
        if here or is_company(name):
            countries.append(HOME)
        countries.extend(code for code, pattern in _AT_HOME if pattern.search(plain(name)))
        countries.extend(countries_meant(name))
        if kind is not None or len(countries) == 0:
            countries.append(HOME)
    if known is not None and country in {None, known[1]}:
        found.append(known)
    for code in dict.fromkeys(countries):
        found.extend((each, None if each in WITHOUT_COUNTRY and not country else code) for each in kinds)
    if kind is None or country is None:
        found.append(("other", country))
    is_anywhere = known is None and not here and not is_company(name) and set(countries) == {HOME}
    if is_anywhere and (country is None or (kind is None and hint is None)):
        found.insert(0, ("other", country))  # nothing points at a country: home is no likelier than any
    return tuple(dict.fromkeys(found))


def _likely_kinds(known: tuple[str, str | None] | None, hint: str | None, *, here: bool) -> list[str]:
    likely = [known[0]] if known is not None else []
    if here:
        likely.append("city")
    if hint is not None:
        likely.append(hint)
    return list(dict.fromkeys([*likely, "city", "company", "agency", "university", "region", "other"]))


def _divided(parts: Sequence[str]) -> list[str]:
    """The parties that *parts* may name if a stroke or an "and" divides them; none if it looks like one."""
    found: list[str] = []
    for part in parts:
        pieces = [part]
        for divider in _DIVIDERS:
            pieces = [each for piece in pieces for each in _cut(piece, divider)]
        found.extend(pieces)
    return found[:_MOST_PARTIES] if len(found) > len(parts) else []


def _cut(piece: str, divider: re.Pattern[str]) -> list[str]:
    if _NOTATION.match(piece) and _noted(piece)[1] is not None:
        return [piece]
    pieces = [each.strip() for each in divider.split(piece)]
    if len(pieces) < 2 or any(len(each) < 2 for each in pieces):  # noqa: PLR2004
        return [piece]
    if divider is _DIVIDERS[0]:
        is_place = country_named(pieces[-1]) is not None or pieces[-1] in _STATES_OF_BRAZIL
        return [piece] if is_place else pieces
    return pieces if all(_stands_alone(first, second) for first, second in pairwise(pieces)) else [piece]


def _stands_alone(first: str, second: str) -> bool:
    """Whether "*first* e *second*" may be two parties: not "Ministério da Ciência e Tecnologia"."""
    if kind_by_words(second) is not None and plain(second).split()[0] in _OPENING:
        return True
    if _ONE_BODY.match(plain(first)):
        return False
    both = [*first.split(), *second.split()]
    short = len(first.split()) <= _PROPER_WORDS and len(second.split()) <= _PROPER_WORDS
    return short and first[:1].isupper() and second[:1].isupper() and len(both) > 1


def _candidates(ways: Sequence[Sequence[_Party]]) -> tuple[str, ...]:
    """Every way of reading the cell, the likeliest of each first."""
    written = [
        [
            "; ".join(party.written(at) for party in way)
            for at in range(max(1, *(len(party.options) for party in way)))
        ]
        for way in ways
        if way
    ]
    return first_of(each for rank in zip_longest(*written) for each in rank if each)
