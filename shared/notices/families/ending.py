"""Facts that end an agreement, or its record."""

from collections.abc import Mapping
from typing import Any, Final

from shared.notices.families.fact import (
    BY_COORDINATION,
    BY_MEMBER,
    BY_MEMBER_OR_COORDINATION,
    Life,
    Payload,
    fact,
)
from shared.notices.families.force import DatedPayload
from shared.notices.families.negotiation import ReasonedPayload
from shared.notices.families.states import ALIVE, ANY
from shared.notices.families.texts import Subject
from shared.notices.families.wording import about_agreement
from shared.notices.sentences import Sentence
from shared.notices.texts import normalised_subject

OWN_SUCCESSOR: Final = Sentence(
    pt="Um acordo não se substitui por si mesmo: o aviso cita a própria referência e nada muda. "
    "Envie de novo, com a referência do outro acordo.",
    en="An agreement does not take its own place: the notice names its own reference and changes nothing. "
    "Send it anew, with the reference of the other agreement.",
)


@fact(
    "agreement.completed",
    rank=160,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Concluíd{x} {o} de {member} com {partner}", "{the} of {member} with {partner} was completed"
    ),
)
class Completed(DatedPayload, frozen=True):
    """What was agreed is done."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the day is in the life
        """Over from its day on; that the term may be over by then is no contradiction."""
        life.end("completed", expected=ALIVE | {"expired"})


@fact(
    "agreement.terminated",
    rank=170,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Rescindid{x} {o} de {member} com {partner}", "{the} of {member} with {partner} was terminated"
    ),
)
class Terminated(DatedPayload, frozen=True):
    """The agreement was ended before its time, by one side or both."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the day is in the life
        """Over from its day on."""
        life.end("terminated", expected=ALIVE)


def _successor(told: Any, life: Life) -> str | None:
    """The subject that *told* names; None, and contradicted, for the agreement's own; None if erased."""
    subject = normalised_subject(told) if isinstance(told, str) else None
    if subject == life.subject:
        life.contradict("own_successor", OWN_SUCCESSOR)
    return subject


@fact(
    "agreement.superseded",
    rank=180,
    senders=BY_MEMBER_OR_COORDINATION,
    wording=about_agreement(
        "Substituíd{x} por outro {o} de {member} com {partner}",
        "{the} of {member} with {partner} was superseded by another one",
    ),
)
class Superseded(Payload, frozen=True):
    """Another agreement of the same member stands in its place."""

    by: Subject

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Over from its day on, with a successor."""
        successor = _successor(data.get("by"), life)
        if successor != life.subject:
            life.end("superseded", expected=ALIVE | {"expired"}, successor=successor)


@fact(
    "agreement.merged",
    rank=190,
    senders=BY_MEMBER_OR_COORDINATION,
    wording=about_agreement(
        "Unificado o registro repetido {do} de {member} com {partner}",
        "The duplicate record of {the} of {member} with {partner} was merged",
    ),
)
class Merged(Payload, frozen=True):
    """A duplicate of another agreement of the same member."""

    into: Subject

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Superseded, and never counted as an agreement of its own."""
        successor = _successor(data.get("into"), life)
        if successor != life.subject:
            life.end("superseded", expected=ANY, counted=False, successor=successor)


@fact(
    "agreement.voided",
    rank=220,
    senders=BY_COORDINATION,
    wording=about_agreement(
        "Anulado o registro {do} de {member} com {partner}",
        "The record of {the} of {member} with {partner} was declared void",
    ),
)
class Voided(ReasonedPayload, frozen=True):
    """It was entered in error."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - a reason changes nothing
        """Void from its day on, and never counted."""
        life.end("void", expected=ANY, counted=False)
