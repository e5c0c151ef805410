"""The words of the pages: all of them in both languages, and nothing kept that is no longer said."""

import re

import pytest

from shared.web import catalogues
from shared.web.wording import LOCALE, catalogue, words

SAY_IT = "run `make words`, then fill in what it names"
_PLACES = re.compile(r"%\(\w+\)s|\{\w*\}")


@pytest.mark.parametrize("area", catalogues.AREAS)
def test_english_is_complete(area: str) -> None:
    """Whoever reads English misses nothing of what Portuguese says."""
    assert catalogues.untranslated(area) == [], SAY_IT


@pytest.mark.parametrize("area", catalogues.AREAS)
def test_catalogues_are_what_the_pages_say(area: str) -> None:
    """Nothing is translated that nobody says any more, and the file is as the command writes it."""
    assert (LOCALE / f"{area}.po").read_bytes() == catalogues.written(catalogues.updated(area)), SAY_IT


@pytest.mark.parametrize("area", catalogues.AREAS)
def test_a_translation_has_the_places_of_what_it_translates(area: str) -> None:
    """A name or number that Portuguese fills in stands in English too; no other is asked for."""
    wrong = []
    for message in catalogue(LOCALE / f"{area}.po"):
        told = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string or ())
        wrong += [
            (one, other)
            for one, other in zip(told[-len(said) :], said, strict=False)
            if set(_PLACES.findall(one)) != set(_PLACES.findall(other))
        ]
    assert wrong == []


def test_one_word_is_translated_one_way() -> None:
    """Catalogues are read together: what two areas say alike, they say alike in English."""
    told: dict[object, set[object]] = {}
    for area in catalogues.AREAS:
        for message in catalogue(LOCALE / f"{area}.po"):
            if message.id:
                key = message.id if isinstance(message.id, str) else tuple(message.id)
                said = message.string if isinstance(message.string, str) else tuple(message.string or ())
                told.setdefault(key, set()).add(said)
    assert {key: said for key, said in told.items() if len(said) > 1} == {}


def test_plurals_are_chosen_by_number() -> None:
    """One, many, and none: in Portuguese as in English, none is many."""
    portuguese = words("pt")
    assert [portuguese.ngettext("um", "muitos", n) for n in (0, 1, 2)] == ["muitos", "um", "muitos"]
