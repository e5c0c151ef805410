"""One sentence for each item of the feed, in both languages. No person is ever named."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from shared.notices.codelists import name_of
from shared.notices.families.fact import FACTS
from shared.notices.sentences import Sentence


class Told(Protocol):
    """What a headline needs of a notice."""

    @property
    def type(self) -> str:
        """Its type, as in the envelope."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Its data, as sent."""


class Known(Protocol):
    """What a headline needs of an agreement."""

    def last(self, field: str) -> Any:
        """The last value of *field* that is known; None if there is none."""


AND_ANOTHER = Sentence(pt="{partner} e mais {n}", en="{partner} and {n} more")
_UNSPOKEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""Control characters, line ends, and the marks that set the direction of what follows them."""

IN_COUNTRY = Sentence(pt="{name} ({country})", en="{name} ({country})")


def headline(notice: Told, member_name: str, agreement: Known | None) -> Sentence:
    """What happened, with whom: partners as the notice names them, else as the agreement knows them."""
    fact = FACTS[notice.type]
    partners = _told(notice, agreement, "partners") if fact.of_agreement else None
    if not partners:
        return plain_headline(notice.type, member_name)
    try:
        shown = fact.wording.shows(notice.data)
    except KeyError:
        return plain_headline(notice.type, member_name)
    instrument = _told(notice, agreement, "instrument")
    if _told(notice, agreement, "basis") == "unilateral_law":
        instrument = "IRM_DECL"
    template = fact.wording.variants.get(instrument, fact.headline)
    return template.format(member=member_name, partner=_partner(partners), **shown)


def plain_headline(type_: str, member_name: str) -> Sentence:
    """What happened, and nothing of ``data``: for use after an erasure."""
    return FACTS[type_].plain.format(member=member_name)


def _told(notice: Told, agreement: Known | None, field: str) -> Any:
    if FACTS[notice.type].first_telling and notice.data.get(field):
        return notice.data[field]
    return agreement.last(field) if agreement else None


def _partner(partners: Sequence[Mapping[str, Any]]) -> Sentence:
    first = partners[0]
    name = _in_one_line(first["name"])
    spoken = Sentence(name, name)
    if first.get("country"):
        spoken = IN_COUNTRY.format(name=spoken, country=name_of("countries", first["country"]))
    if len(partners) > 1:
        spoken = AND_ANOTHER.format(partner=spoken, n=len(partners) - 1)
    return spoken


def _in_one_line(name: str) -> str:
    """*name* without what would break the sentence, command a terminal, or turn the words around it."""
    if name.isprintable():
        return name
    return " ".join(_UNSPOKEN.sub(" ", name).split()) or "…"
