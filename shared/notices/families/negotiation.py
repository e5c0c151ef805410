"""Facts of the time before a signature: opened, reviewed, cleared, given up."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from shared.notices.families.agreement_data import AgreementData
from shared.notices.families.fact import BY_MEMBER, BY_MEMBER_OR_COORDINATION, Life, Payload, fact
from shared.notices.families.states import NEGOTIATING, UNSIGNED
from shared.notices.families.texts import Prose
from shared.notices.families.wording import about_agreement


@fact(
    "agreement.negotiation_opened",
    rank=10,
    senders=BY_MEMBER_OR_COORDINATION,
    first_telling=True,
    wording=about_agreement(
        "Em negociação {o} de {member} com {partner}",
        "{member} is negotiating {the} with {partner}",
    ),
)
class NegotiationOpened(AgreementData, frozen=True):
    """An agreement is being negotiated; nothing is signed yet."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - what it tells is already taken in
        """Negotiating, unless it has come further: a first telling takes nothing back."""
        if life.state == "unknown":
            life.move("negotiating", expected=UNSIGNED)
        else:
            life.expect(NEGOTIATING)


class NotedPayload(Payload, frozen=True):
    """A step that may be explained."""

    note: Prose | UnsetType = UNSET


class ReasonedPayload(Payload, frozen=True):
    """A step that has to be explained."""

    reason: Prose


@fact(
    "agreement.submitted_for_review",
    rank=20,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Em análise a minuta {do} de {member} com {partner}",
        "The draft of {the} of {member} with {partner} is under review",
    ),
)
class SubmittedForReview(NotedPayload, frozen=True):
    """The draft went to whoever has to look at it."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - a note changes nothing
        """Under review from its day on."""
        life.move("under_review", expected=NEGOTIATING)


@fact(
    "agreement.returned",
    rank=30,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Devolvida para ajustes a minuta {do} de {member} com {partner}",
        "The draft of {the} of {member} with {partner} was returned for changes",
    ),
)
class Returned(ReasonedPayload, frozen=True):
    """The draft came back: it has to be negotiated further."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - a reason changes nothing
        """Negotiating again from its day on."""
        life.move("negotiating", expected=NEGOTIATING - {"negotiating"})


@fact(
    "agreement.cleared",
    rank=40,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Pront{x} para assinatura {o} de {member} com {partner}",
        "{the} of {member} with {partner} is ready to sign",
    ),
)
class Cleared(NotedPayload, frozen=True):
    """The review is over: it may be signed."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - a note changes nothing
        """Ready to sign from its day on."""
        life.move("ready_to_sign", expected=NEGOTIATING - {"negotiating"})


@fact(
    "agreement.withdrawn",
    rank=80,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Arquivada, sem assinatura, a negociação {do} de {member} com {partner}",
        "The negotiation of {the} of {member} with {partner} was given up",
    ),
)
class Withdrawn(ReasonedPayload, frozen=True):
    """It was given up before it was signed."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - a reason changes nothing
        """Over from its day on."""
        life.end("withdrawn", expected=NEGOTIATING)
