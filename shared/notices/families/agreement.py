"""The facts of an agreement's life. Each is a class: its fields, its fold rule, its headline."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from shared.notices.codelists import Side, State
from shared.notices.dates import ReducedDate
from shared.notices.families.agreement_data import FIELDS, AgreementData, Changes, Document
from shared.notices.families.fact import (
    BY_MEMBER,
    BY_MEMBER_OR_COORDINATION,
    FieldFault,
    Life,
    Payload,
    fact,
)
from shared.notices.families.texts import Prose, ProtocolNumber
from shared.notices.protocol import is_well_formed
from shared.notices.sentences import Sentence

__all__ = [
    "ALIVE",
    "FIELDS",
    "AgreementData",
    "Amended",
    "Changes",
    "Corrected",
    "Document",
    "EnteredIntoForce",
    "Reported",
    "Retracted",
    "Signed",
    "Terminated",
]

# The order of the lifecycle decides between facts of the same instant. Of the facts still to come:
# negotiation_opened 10, submitted_for_review 20, returned 30, cleared 40, confirmed 70, withdrawn 80,
# gate_updated 90, renewed 130, suspended 140, resumed 150, completed 160, superseded 180, merged 190,
# document_attached 200, voided 220, question_asked 230, question_answered 240.

ALIVE: frozenset[State] = frozenset({"signed", "in_force", "suspended"})
"""What a fact about a signed agreement expects to find."""

MISTYPED = Sentence(
    pt="O protocolo tem um erro de digitação: o último símbolo não confere. Copie-o do recibo.",
    en="The protocol has a typing error: its last symbol does not match. Copy it from the receipt.",
)


class ChangingPayload(Payload, frozen=True):
    """A fact that changes fields of the agreement."""

    changes: Annotated[Changes, Meta(extra_json_schema={"minProperties": 1})]  # type: ignore[valid-type]


def _changes(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return data.get("changes") or {}


@fact(
    "agreement.signed",
    rank=50,
    senders=BY_MEMBER_OR_COORDINATION,
    first_telling=True,
    headline=Sentence(
        pt="{member} assinou acordo com {partner}", en="{member} signed an agreement with {partner}"
    ),
    plain=Sentence(pt="{member} assinou um acordo", en="{member} signed an agreement"),
    variants={
        "IRM_DECL": Sentence(
            pt="{member} declarou por lei irmandade com {partner}",
            en="{member} declared by law that it is twinned with {partner}",
        ),
        "ADT": Sentence(
            pt="{member} assinou termo aditivo com {partner}",
            en="{member} signed an amendment with {partner}",
        ),
    },
)
class Signed(AgreementData, frozen=True):
    """An agreement was signed."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Signed from its day on; what it tells of the agreement is already taken in."""
        life.sign(dated=data.get("signed_on") is not None)


@fact(
    "agreement.reported",
    rank=60,
    senders=BY_MEMBER_OR_COORDINATION,
    first_telling=True,
    headline=Sentence(
        pt="{member} informou acordo já existente com {partner}",
        en="{member} reported an existing agreement with {partner}",
    ),
    plain=Sentence(
        pt="{member} informou um acordo já existente", en="{member} reported an existing agreement"
    ),
    variants={
        "IRM_DECL": Sentence(
            pt="{member} informou lei de irmandade com {partner}",
            en="{member} reported a law that declares it twinned with {partner}",
        ),
        "ADT": Sentence(
            pt="{member} informou termo aditivo com {partner}",
            en="{member} reported an amendment with {partner}",
        ),
    },
)
class Reported(Signed, frozen=True):
    """An existing agreement is told for the first time."""


@fact(
    "agreement.entered_into_force",
    rank=100,
    senders=BY_MEMBER,
    headline=Sentence(
        pt="Entrou em vigor o acordo de {member} com {partner}",
        en="The agreement of {member} with {partner} entered into force",
    ),
    plain=Sentence(
        pt="Entrou em vigor um acordo de {member}", en="An agreement of {member} entered into force"
    ),
)
class EnteredIntoForce(Payload, frozen=True):
    """An agreement entered into force."""

    effective_on: ReducedDate

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """In force from its day on, which the agreement's data then name."""
        life.move("in_force", expected=frozenset({"signed", "in_force"}))
        if data.get("effective_on") is not None:
            life.change("effective_on", data["effective_on"])


@fact(
    "agreement.amended",
    rank=110,
    senders=BY_MEMBER,
    headline=Sentence(
        pt="Alterado o acordo de {member} com {partner}",
        en="The agreement of {member} with {partner} was amended",
    ),
    plain=Sentence(pt="Alterado um acordo de {member}", en="An agreement of {member} was amended"),
)
class Amended(ChangingPayload, frozen=True):
    """The agreement is another from a day on."""

    effective_on: ReducedDate
    reason: Prose | UnsetType = UNSET
    document: Document | UnsetType = UNSET

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Each named field changes from its day on."""
        life.expect(ALIVE)
        for field, value in _changes(data).items():
            life.change(field, value)


@fact(
    "agreement.corrected",
    rank=120,
    senders=BY_MEMBER_OR_COORDINATION,
    headline=Sentence(
        pt="Corrigidos dados do acordo de {member} com {partner}",
        en="Data of the agreement of {member} with {partner} were corrected",
    ),
    plain=Sentence(
        pt="Corrigidos dados de um acordo de {member}",
        en="Data of an agreement of {member} were corrected",
    ),
)
class Corrected(ChangingPayload, frozen=True):
    """It was always so."""

    reason: Prose

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Each named field was always so."""
        for field, value in _changes(data).items():
            life.correct(field, value)


@fact(
    "agreement.terminated",
    rank=170,
    senders=BY_MEMBER,
    headline=Sentence(
        pt="Rescindido o acordo de {member} com {partner}",
        en="The agreement of {member} with {partner} was terminated",
    ),
    plain=Sentence(pt="Rescindido um acordo de {member}", en="An agreement of {member} was terminated"),
)
class Terminated(Payload, frozen=True):
    """The agreement was ended before its time, by one side or both."""

    effective_on: ReducedDate
    reason: Prose | UnsetType = UNSET
    side: Side | UnsetType = UNSET

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the day is in the life
        """Over from its day on."""
        life.end("terminated", expected=ALIVE)


@fact(
    "agreement.retracted",
    rank=210,
    senders=BY_MEMBER_OR_COORDINATION,
    headline=Sentence(
        pt="Retirado um aviso sobre o acordo de {member} com {partner}",
        en="A notice about the agreement of {member} with {partner} was retracted",
    ),
    plain=Sentence(
        pt="Retirado um aviso sobre um acordo de {member}",
        en="A notice about an agreement of {member} was retracted",
    ),
)
class Retracted(Payload, frozen=True):
    """The sender's own notice was a mistake; the fold leaves it out, history keeps it."""

    notice: ProtocolNumber
    reason: Prose

    def faults(self) -> Iterator[FieldFault]:
        """A number with a slip of the pen in it would retract nothing."""
        if not is_well_formed(self.notice):
            yield FieldFault("/notice", "malformed_protocol", MISTYPED)
