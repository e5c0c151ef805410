"""What time alone brings about: announced by the system, once each, and read by no fold."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from shared.notices.codelists import Gate, GateTerm, name_of
from shared.notices.dates import ReducedDate
from shared.notices.families.fact import BY_SYSTEM, Payload, fact
from shared.notices.families.texts import Short
from shared.notices.families.wording import about_agreement, about_member


@fact(
    "clock.entered_into_force",
    senders=BY_SYSTEM,
    of_agreement=True,
    wording=about_agreement(
        "Começou a vigência {do} de {member} com {partner}",
        "{the} of {member} with {partner} is in force from today",
    ),
)
class StartReached(Payload, frozen=True):
    """The day on which the agreement enters into force has come."""

    effective_on: ReducedDate


@fact(
    "clock.expired",
    senders=BY_SYSTEM,
    of_agreement=True,
    wording=about_agreement(
        "Terminou o prazo {do} de {member} com {partner}",
        "The term of {the} of {member} with {partner} is over",
    ),
)
class Expired(Payload, frozen=True):
    """The last day of the agreement's term has passed."""

    ends_on: ReducedDate


def _days(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"days": data["days"]}


@fact(
    "clock.expiring",
    senders=BY_SYSTEM,
    of_agreement=True,
    wording=about_agreement(
        "Aproxima-se o fim do prazo {do} de {member} com {partner}|: {days} dias",
        "The term of {the} of {member} with {partner} is coming to its end|: {days} days",
        shows=_days,
        shown=frozenset({"days", "ends_on"}),
    ),
)
class Expiring(Payload, frozen=True):
    """The agreement's term ends in so many days."""

    ends_on: ReducedDate
    days: Annotated[int, Meta(ge=1)]


def _gate(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"gate": name_of("gates", data["gate"])}


@fact(
    "clock.gate_overdue",
    senders=BY_SYSTEM,
    of_agreement=True,
    wording=about_agreement(
        "Passou do prazo uma etapa {do} de {member} com {partner}|: {gate}",
        "A gate of {the} of {member} with {partner} is overdue|: {gate}",
        shows=_gate,
        shown=frozenset({"gate"}),
    ),
)
class GateOverdue(Payload, frozen=True):
    """A gate should have moved by the day `due_on`: the term that `rule` names has run out."""

    dates = ("due_on",)

    gate: Gate
    due_on: ReducedDate
    rule: GateTerm
    status: Short | UnsetType = UNSET
    body: Short | UnsetType = UNSET
    since: ReducedDate | UnsetType = UNSET


@fact(
    "clock.silent",
    senders=BY_SYSTEM,
    visibility="network",
    wording=about_member(
        "Há 12 meses a rede não tem notícia de {member}",
        "The network has not heard from {member} for 12 months",
    ),
)
class Silent(Payload, frozen=True):
    """A municipality that was heard before has not been heard for 12 months."""

    dates = ("last_heard_on",)

    last_heard_on: ReducedDate
