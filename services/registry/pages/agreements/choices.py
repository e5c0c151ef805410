"""What the filters of the list offer, and how a filter that is on is named."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Final

from services.registry.folding import completeness
from services.registry.folding.partners import folded_name
from services.registry.http.filters import KINDS
from shared import data
from shared.notices.codelists import code_lists, name_of
from shared.notices.sentences import Language, Sentence
from shared.web import shown as writing

_LISTS: Final = {
    "country": "countries",
    "theme": "themes",
    "sdg": "sdgs",
    "instrument": "instruments",
    "state": "states",
}
_BY_NAME: Final = frozenset({"country", "theme"})
_DAYS: Final = frozenset({"expires_before", "signed_from", "signed_until", "as_of"})
_SOON_DAYS: Final = (30, 90, 180)
_GATES: Final = ("federal", "legislative", "legal")
_WAITING: Final = Sentence("à espera", "waiting")
KIND_NAMES: Final = {
    "municipality": Sentence("municípios", "municipalities"),
    "state": Sentence("o Estado", "the state"),
    "organisation": Sentence("organizações", "organisations"),
}

Option = tuple[str, str]


@cache
def options(language: Language) -> dict[str, list[Option]]:
    """The codes and names of each filter that is chosen from a list."""
    found = {name: _named(name, language) for name in _LISTS}
    found["mesoregion"] = [(name, name) for name in data.mesoregions()]
    found["kind"] = [(kind, KIND_NAMES[kind].in_language(language)) for kind in KINDS]
    found["gate"] = [(code, shown("gate", code, language)) for code in _gates()]
    found["missing"] = [(field, field) for field in completeness.FIELDS]
    return found


def soon(today: date) -> list[tuple[int, str]]:
    """In how many days an agreement may end, and the day before which it then does."""
    return [(days, (today + timedelta(days + 1)).isoformat()) for days in _SOON_DAYS]


def shown(name: str, value: str, language: Language) -> str:
    """What the filter *name* lets through, in words; what means nothing, as it was given."""
    if name in _LISTS:
        return name_of(_LISTS[name], value).in_language(language)
    if name == "kind" and value in KIND_NAMES:
        return KIND_NAMES[value].in_language(language)
    if name == "gate":
        return _gate(value, language)
    if name in _DAYS:
        return _day(value, language)
    return value.replace("|", " · ") if name == "partner" else value


def _day(value: str, language: Language) -> str:
    try:
        return writing.shown_day(value, language)
    except ValueError:
        return value


def _named(name: str, language: Language) -> list[Option]:
    found = [(code.code, code.name.in_language(language)) for code in code_lists()[_LISTS[name]]]
    return sorted(found, key=lambda option: folded_name(option[1])) if name in _BY_NAME else found


def _gates() -> Iterable[str]:
    for gate in _GATES:
        yield gate
        for status in code_lists()[f"{gate}_statuses"]:
            yield f"{gate}:{status.code}"


def _gate(value: str, language: Language) -> str:
    gate, *rest = value.split(":")
    if gate not in _GATES:
        return value
    lists = (f"{gate}_statuses", "federal_bodies")
    further = [name_of(names, code) for names, code in zip(lists, rest, strict=False)]
    spoken = [name_of("gates", gate), *(further or [_WAITING])]
    return ": ".join(each.in_language(language) for each in spoken)
