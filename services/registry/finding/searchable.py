"""What an agreement can be found by in words. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from services.registry.finding.told import Told
from services.registry.folding.agreement import Value
from shared.notices.codelists import name_of

FIELDS: Final = ("title", "object", "partners", "participants", "themes")
MOST_WORDINGS: Final = 8
"""Of a text that was amended again and again, so many are found: the last."""


class Searchable(NamedTuple):
    """The texts of an agreement, the weightiest first; within one, lines part what is no phrase."""

    names: str
    """Its title and its number."""
    prose: str
    """Its object, its partners and where they are."""
    places: str
    """Who owns and who shares it."""
    codes: str
    """Its countries and themes, by their names."""

    @classmethod
    def of(cls, told: Told, members: Mapping[str, str]) -> "Searchable":
        """What is *told*; *members* are names by id."""
        partners = told.held("partners") or ()
        countries = [partner["country"] for partner in partners if partner.get("country")]
        named = [partner[part] for partner in partners for part in ("name", "place") if partner.get(part)]
        return cls(
            names=_lines([*_wordings(told.values("title")), told.subject]),
            prose=_lines([*_wordings(told.values("object")), *named]),
            places=_lines(members.get(member, member) for member in (told.member, *told.sharing)),
            codes=_lines(
                [
                    *(name_of("countries", country).pt for country in countries),
                    *(name_of("themes", theme).pt for theme in told.held("themes") or ()),
                ]
            ),
        )


def _wordings(values: Sequence[Value]) -> Iterator[str]:
    """The different texts that a field held, the last first."""
    return (value.value for value in reversed(values[-MOST_WORDINGS:]) if isinstance(value.value, str))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(texts))
