"""Filters as people choose them, and what a kept one says in words."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from multidict import MultiDict

from services.registry.pages.member.wording import facts
from shared import data
from shared.notices.codelists import code_lists, name_of
from shared.notices.families import FACTS
from shared.notices.feed import Filter
from shared.notices.sentences import Language
from shared.web.wording import words

LISTS: Final = {
    "country": "countries",
    "theme": "themes",
    "sdg": "sdgs",
    "instrument": "instruments",
    "state": "states",
}
_TYPE: Final = "br.malha.agreement.{fact}.v1"
FIELDS: Final = ("mesoregion", "country", "theme", "sdg", "instrument", "state", "type")
"""What the form offers; what else a filter may have comes with the address and stays."""


class Choice(NamedTuple):
    """One of the values of a field."""

    value: str
    words: str


class Field(NamedTuple):
    """A field of the form."""

    name: str
    label: str
    choices: Sequence[Choice]
    chosen: str


def labels(language: Language) -> dict[str, str]:
    """What the parts of a filter are called."""
    say = words(language)
    return {
        "member": say.gettext("Membro da rede"),
        "subject": say.gettext("Referência"),
        "mesoregion": say.gettext("Mesorregião"),
        "country": say.gettext("País do parceiro"),
        "theme": say.gettext("Tema"),
        "sdg": say.gettext("Objetivo de Desenvolvimento Sustentável"),
        "instrument": say.gettext("Instrumento"),
        "state": say.gettext("Situação do acordo"),
        "type": say.gettext("O que aconteceu"),
    }


def fields(chosen: "MultiDict[str]", language: Language) -> list[Field]:
    """The fields of the form, with what was *chosen*."""
    named = labels(language)
    return [Field(name, named[name], _choices(name, language), chosen.get(name, "")) for name in FIELDS]


def kept_along(chosen: "MultiDict[str]") -> list[tuple[str, str]]:
    """What was *chosen* beyond the fields' first values."""
    rest = [(name, value) for name, value in chosen.items() if name in Filter.__struct_fields__ and value]
    for name in FIELDS:
        first = next((pair for pair in rest if pair[0] == name), None)
        if first is not None:
            rest.remove(first)
    return [(name, value) for name, value in rest if name != "backfill"]


def query_of(form: "MultiDict[str]") -> str:
    """The filter that *form* asks for, in the feed's words. Raises InvalidFilter."""
    pairs = [
        (name, value.strip())
        for name, value in form.items()
        if name in Filter.__struct_fields__ and name != "backfill" and value.strip()
    ]
    pairs = sorted(dict.fromkeys(pairs))
    Filter.parse(MultiDict(pairs))
    return urlencode(pairs)


def in_words(query: str, language: Language) -> str:
    """What a filter asks for: `País do parceiro: Portugal · Tema: Água`."""
    named = labels(language)
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        values.setdefault(name, []).append(_value(name, value, language))
    told = [f"{named[name]}: {', '.join(found)}" for name, found in values.items() if name in named]
    return " · ".join(told) or words(language).gettext("Tudo o que você pode ver")


def _value(name: str, value: str, language: Language) -> str:
    if name in LISTS:
        return name_of(LISTS[name], value).in_language(language)
    if name == "member":
        found = data.members().get(value)
        return value if found is None else found.name
    if name == "type":
        return facts(language).get(value.removeprefix("br.malha.agreement.").removesuffix(".v1"), value)
    return value


def _choices(name: str, language: Language) -> list[Choice]:
    if name == "mesoregion":
        return [Choice(each, each) for each in data.mesoregions()]
    if name == "type":
        told = {_TYPE.format(fact=fact): words_ for fact, words_ in facts(language).items()}
        return [Choice(type_, words_) for type_, words_ in told.items() if type_ in FACTS]
    choices = [Choice(code.code, code.name.in_language(language)) for code in code_lists()[LISTS[name]]]
    return sorted(choices, key=lambda choice: choice.words.casefold()) if name == "country" else choices
