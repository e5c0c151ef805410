"""The words of the feed for what happens to an agreement: once for each fact, in all its forms.

A unilateral law and an amendment are not called agreements; Portuguese bends its participles for them.
"""

from typing import Final

from shared.notices.families.fact import Shows, Wording
from shared.notices.sentences import Sentence

_PT: Final[dict[str, dict[str, str]]] = {
    "": {"o": "o acordo", "do": "do acordo", "ao": "ao acordo", "x": "o"},
    "IRM_DECL": {
        "o": "a lei de irmandade",
        "do": "da lei de irmandade",
        "ao": "à lei de irmandade",
        "x": "a",
    },
    "ADT": {"o": "o termo aditivo", "do": "do termo aditivo", "ao": "ao termo aditivo", "x": "o"},
}
_EN: Final[dict[str, str]] = {"": "the agreement", "IRM_DECL": "the sister-city law", "ADT": "the amendment"}
_PLAIN_PT: Final = {"o": "um acordo", "do": "de um acordo", "ao": "a um acordo", "x": "o"}
_PLAIN_EN: Final = "an agreement"
_LATER: Final = {name: f"{{{name}}}" for name in ("member", "partner", "days", "gate", "status")}
"""What is filled in for each notice."""


def about_agreement(
    pt: str, en: str, *, shows: Shows | None = None, shown: frozenset[str] = frozenset()
) -> Wording:
    """The wording of a fact about an agreement.

    *pt* names it as ``{o}``, ``{do}`` or ``{ao}``, with ``{x}`` for the ending that agrees with it; *en* as
    ``{the}``. Both go on with the member, and with the partner, who is left out of the plain headline. What
    stands after a ``|`` shows the notice's data, and is left out of it too.
    """
    full = {kind: _sentence(pt.replace("|", ""), en.replace("|", ""), _PT[kind], _EN[kind]) for kind in _PT}
    plain = _sentence(_without_partner(pt), _without_partner(en), _PLAIN_PT, _PLAIN_EN)
    variants = {kind: spoken for kind, spoken in full.items() if kind}
    if shows is None:
        return Wording(headline=full[""], plain=plain, variants=variants)
    return Wording(headline=full[""], plain=plain, variants=variants, shows=shows, shown=shown)


def about_member(pt: str, en: str) -> Wording:
    """The wording of a fact about ``{member}`` alone."""
    spoken = Sentence(pt, en)
    return Wording(headline=spoken, plain=spoken)


def _without_partner(template: str) -> str:
    told = template.partition("|")[0]
    return told.replace(" com {partner}", "").replace(" with {partner}", "")


def _sentence(pt: str, en: str, forms: dict[str, str], thing: str) -> Sentence:
    return Sentence(_capital(pt.format(**forms, **_LATER)), _capital(en.format(the=thing, **_LATER)))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
