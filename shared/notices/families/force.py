"""Facts of an agreement in force: how it began, changed, rested and went on."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from shared.notices.codelists import Side
from shared.notices.dates import ReducedDate
from shared.notices.families.agreement_data import Changes, Document
from shared.notices.families.fact import (
    BY_MEMBER,
    BY_MEMBER_OR_COORDINATION,
    Life,
    Payload,
    fact,
    read_date,
)
from shared.notices.families.states import ALIVE
from shared.notices.families.texts import Prose
from shared.notices.families.wording import about_agreement
from shared.notices.sentences import Sentence

LATE_RENEWAL = Sentence(
    pt="A renovação foi assinada depois do fim do prazo: entre um e outro o acordo esteve encerrado. "
    "Confira as datas; se foi assim, a coordenação encerra esta pendência com o motivo.",
    en="The renewal was signed after the end of the term: between the two the agreement was expired. "
    "Check the dates; if it was so, the coordination closes this entry with the reason.",
)
RENEWED_INTO_THE_PAST = Sentence(
    pt="O novo prazo termina antes da assinatura da renovação. Corrija a data que estiver errada.",
    en="The new term ends before the renewal was signed. Correct the date that is wrong.",
)


class ChangingPayload(Payload, frozen=True):
    """A fact that changes fields of the agreement."""

    changes: Annotated[Changes, Meta(extra_json_schema={"minProperties": 1})]  # type: ignore[valid-type]


class DatedPayload(Payload, frozen=True):
    """A step that was taken on a day, by one side or both."""

    effective_on: ReducedDate
    reason: Prose | UnsetType = UNSET
    side: Side | UnsetType = UNSET


def _changes(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return data.get("changes") or {}


def _attach(data: Mapping[str, Any], life: Life) -> None:
    if data.get("document"):
        life.attach(data["document"])


@fact(
    "agreement.entered_into_force",
    rank=100,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Entrou em vigor {o} de {member} com {partner}",
        "{the} of {member} with {partner} entered into force",
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
    wording=about_agreement(
        "Alterad{x} {o} de {member} com {partner}", "{the} of {member} with {partner} was amended"
    ),
)
class Amended(ChangingPayload, frozen=True):
    """The agreement is another from a day on."""

    effective_on: ReducedDate
    reason: Prose | UnsetType = UNSET
    document: Document | UnsetType = UNSET

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Each named field changes from its day on, and the document is one of the agreement's."""
        life.expect(ALIVE)
        for field, value in _changes(data).items():
            life.change(field, value)
        _attach(data, life)


@fact(
    "agreement.corrected",
    rank=120,
    senders=BY_MEMBER_OR_COORDINATION,
    wording=about_agreement(
        "Corrigidos dados {do} de {member} com {partner}",
        "Data of {the} of {member} with {partner} were corrected",
    ),
)
class Corrected(ChangingPayload, frozen=True):
    """It was always so."""

    reason: Prose

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Each named field was always so."""
        life.expect_told()
        for field, value in _changes(data).items():
            life.correct(field, value)


@fact(
    "agreement.renewed",
    rank=130,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Renovad{x} {o} de {member} com {partner}", "{the} of {member} with {partner} was renewed"
    ),
)
class Renewed(Payload, frozen=True):
    """The agreement goes on until another day, or without end."""

    signed_on: ReducedDate
    ends_on: ReducedDate | None
    document: Document | UnsetType = UNSET

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """A new end from its day on, which revives what had expired."""
        if life.state == "expired":
            life.contradict("late_renewal", LATE_RENEWAL)
        else:
            life.expect(ALIVE)
        ends_on = read_date(data.get("ends_on"))
        if ends_on is not None and ends_on.last_day < life.day:
            life.contradict("renewed_into_the_past", RENEWED_INTO_THE_PAST)
        if "ends_on" in data:
            life.change("ends_on", data["ends_on"])
        _attach(data, life)


@fact(
    "agreement.suspended",
    rank=140,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Suspens{x} {o} de {member} com {partner}", "{the} of {member} with {partner} was suspended"
    ),
)
class Suspended(DatedPayload, frozen=True):
    """The agreement rests for a while."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the day is in the life
        """Suspended from its day on; its term goes on running."""
        life.move("suspended", expected=frozenset({"in_force"}))


@fact(
    "agreement.resumed",
    rank=150,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Retomad{x} {o} de {member} com {partner}", "{the} of {member} with {partner} was resumed"
    ),
)
class Resumed(DatedPayload, frozen=True):
    """The agreement rests no longer."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the day is in the life
        """In force again from its day on."""
        life.move("in_force", expected=frozenset({"suspended"}))
