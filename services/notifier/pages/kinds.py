"""The kinds of facts, as people ask for them: a few, where the contract has thirty types."""

from collections.abc import Mapping
from typing import Final

from shared.notices.families import FACTS
from shared.web.wording import Words

OTHER: Final = "outros"
_AGREEMENT: Final[Mapping[str, tuple[str, ...]]] = {
    "assinaturas": ("signed", "reported", "renewed", "confirmed"),
    "tratativas": ("negotiation_opened", "submitted_for_review", "returned", "cleared", "withdrawn"),
    "vigencia": ("entered_into_force", "suspended", "resumed"),
    "prazos": ("gate_updated",),
    "encerramentos": ("completed", "terminated", "superseded", "merged", "voided"),
    "alteracoes": ("amended", "corrected", "document_attached", "retracted"),
    "perguntas": ("question_asked", "question_answered"),
}
_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "vigencia": ("br.malha.clock.entered_into_force.v1",),
    "prazos": ("br.malha.clock.expiring.v1", "br.malha.clock.gate_overdue.v1"),
    "encerramentos": ("br.malha.clock.expired.v1",),
    "membros": (
        "br.malha.municipality.nothing_to_declare.v1",
        "br.malha.member.contact_changed.v1",
        "br.malha.clock.silent.v1",
    ),
}


def _types() -> dict[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {
        kind: (
            *(f"br.malha.agreement.{fact}.v1" for fact in _AGREEMENT.get(kind, ())),
            *_BESIDE.get(kind, ()),
        )
        for kind in (*_AGREEMENT, "membros")
    }
    known = {type_ for types in named.values() for type_ in types}
    return {**named, OTHER: tuple(sorted(FACTS.keys() - known))}


TYPES: Final[Mapping[str, tuple[str, ...]]] = _types()
"""The types of each kind. One that no kind names is of the last: a new type need not be added here."""


def names(say: Words) -> dict[str, str]:
    """What the kinds are called, in the order in which they are shown."""
    return {
        "assinaturas": say.gettext("Assinaturas e renovações"),
        "tratativas": say.gettext("Tratativas"),
        "vigencia": say.gettext("Vigência"),
        "prazos": say.gettext("Prazos e pareceres"),
        "encerramentos": say.gettext("Encerramentos"),
        "alteracoes": say.gettext("Alterações e documentos"),
        "perguntas": say.gettext("Perguntas e respostas"),
        "membros": say.gettext("Notícias dos municípios"),
        OTHER: say.gettext("Registros da rede"),
    }
