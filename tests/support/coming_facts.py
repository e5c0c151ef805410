"""Types of a later release, written as they will be: they must need no change of the fold's machinery."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, get_args

from msgspec import UNSET, UnsetType

from shared.notices.codelists import State
from shared.notices.dates import ReducedDate
from shared.notices.families.agreement import ALIVE, AgreementData
from shared.notices.families.fact import (
    BY_MEMBER,
    COORDINATION_ONLY,
    FACTS,
    Life,
    Payload,
    Role,
    fact,
)
from shared.notices.sentences import Sentence

ANY_STATE: Final[frozenset[State]] = frozenset(get_args(State))
UNSIGNED: Final[frozenset[State]] = frozenset({"unknown", "negotiating", "under_review", "ready_to_sign"})
LATE: Final = Sentence(
    pt="A renovação foi assinada depois do fim do prazo. Confira a data.",
    en="The renewal was signed after the end of the term. Check the date.",
)


class NegotiationOpened(AgreementData, frozen=True):
    """A first telling that is no signature."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the same face for all
        """Negotiating, unless more is known already."""
        if life.state == "unknown":
            life.move("negotiating", expected=frozenset({"unknown"}))


class Cleared(Payload, frozen=True):
    """Ready to sign; it has no business date of its own."""

    note: str | UnsetType = UNSET

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the same face for all
        """Ready to sign from its day on."""
        life.move("ready_to_sign", expected=UNSIGNED - {"unknown"})


class Withdrawn(Payload, frozen=True):
    """Given up before it was signed."""

    reason: str

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the same face for all
        """Over from its day on."""
        life.end("withdrawn", expected=UNSIGNED)


class Renewed(Payload, frozen=True):
    """The agreement goes on until another day."""

    signed_on: ReducedDate
    ends_on: ReducedDate | None

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """A new end from its day on, which revives what had expired."""
        if life.state == "expired":
            life.contradict("late_renewal", LATE)
        else:
            life.expect(ALIVE)
        if "ends_on" in data:
            life.change("ends_on", data["ends_on"])


class Suspended(Payload, frozen=True):
    """At rest for a while."""

    effective_on: ReducedDate

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the same face for all
        """Suspended from its day on."""
        life.move("suspended", expected=frozenset({"in_force"}))


class Resumed(Payload, frozen=True):
    """No longer at rest."""

    effective_on: ReducedDate

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the same face for all
        """In force again from its day on."""
        life.move("in_force", expected=frozenset({"suspended"}))


class Merged(Payload, frozen=True):
    """A duplicate of another agreement of the same member."""

    into: str

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the same face for all
        """Superseded, and never counted as an agreement of its own."""
        life.end("superseded", expected=ANY_STATE, counted=False)


class Voided(Payload, frozen=True):
    """Entered in error, the coordination says."""

    reason: str

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the same face for all
        """Void from its day on, and never counted."""
        life.end("void", expected=ANY_STATE, counted=False)


@contextmanager
def coming_facts() -> Iterator[None]:
    """Let the coming types be known for a while."""
    before = dict(FACTS)
    _come("negotiation_opened", 10, NegotiationOpened, first_telling=True)
    _come("cleared", 40, Cleared)
    _come("withdrawn", 80, Withdrawn)
    _come("renewed", 130, Renewed)
    _come("suspended", 140, Suspended)
    _come("resumed", 150, Resumed)
    _come("merged", 190, Merged)
    _come("voided", 220, Voided, COORDINATION_ONLY)
    try:
        yield
    finally:
        FACTS.clear()
        FACTS.update(before)


def _come(
    name: str,
    rank: int,
    payload: type[Payload],
    senders: frozenset[Role] = BY_MEMBER,
    *,
    first_telling: bool = False,
) -> None:
    """Declare the type, unless it has come by now: then it speaks for itself."""
    if f"br.malha.agreement.{name}.v1" in FACTS:
        return
    spoken = Sentence(pt="{member}: fato", en="{member}: a fact")
    fact(f"agreement.{name}", rank=rank, senders=senders, first_telling=first_telling, headline=spoken)(
        payload
    )
