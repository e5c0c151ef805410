"""What an agreement can be found by in words. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from msgspec import UNSET

from services.registry.folding.accumulator import Fold
from services.registry.folding.agreement import Value, held_at_last
from shared.notices.codelists import name_of

MOST_WORDINGS: Final = 8
"""Of a text that was amended again and again, so many are found: the last."""
_DIGEST_BYTES: Final = 12
_UNIT_SEPARATOR: Final = "\x1f"


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
    def of(cls, fold: Fold, members: Mapping[str, str]) -> "Searchable":
        """What is told by *fold*; *members* are names by id."""
        fields = fold.fields
        partners = _all(fields.get("partners", ()))
        return cls(
            names=_lines([*_wordings(fields.get("title", ())), fold.subject]),
            prose=_lines(
                [
                    *_wordings(fields.get("object", ())),
                    *(
                        partner[part]
                        for partner in partners
                        for part in ("name", "place")
                        if partner.get(part)
                    ),
                ]
            ),
            places=_lines(members.get(member, member) for member in [fold.member, *cls.sharing(fold)]),
            codes=_lines(
                [
                    *(
                        name_of("countries", partner["country"]).pt
                        for partner in partners
                        if partner.get("country")
                    ),
                    *(name_of("themes", theme).pt for theme in _all(fields.get("themes", ()))),
                ]
            ),
        )

    @staticmethod
    def sharing(fold: Fold) -> list[str]:
        """The ids of the members that share the agreement."""
        return [shares["member"] for shares in _all(fold.fields.get("participants", ()))]

    def digest(self, key: bytes) -> bytes:
        """Tells whether it has changed; to nobody else than who has the *key* does it tell anything."""
        return blake2b(_UNIT_SEPARATOR.join(self).encode(), digest_size=_DIGEST_BYTES, key=key).digest()


def _wordings(values: Sequence[Value]) -> Iterator[str]:
    """The different texts that a field held, the last first."""
    return (value.value for value in reversed(values[-MOST_WORDINGS:]) if isinstance(value.value, str))


def _all(values: Sequence[Value]) -> Sequence[Any]:
    """What a list holds at last."""
    held = held_at_last(values)
    return () if held is UNSET or held is None else held


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(texts))
