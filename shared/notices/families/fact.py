"""What a type of notice is: one class with its fields, its fold rule and its headline.

A new type is one decorated class in the module of its family; nothing else has to know it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import msgspec

from shared.notices.codelists import State, Visibility
from shared.notices.dates import ReducedDate
from shared.notices.sentences import Sentence

Role = Literal["member", "coordination", "office", "system"]

BY_MEMBER: frozenset[Role] = frozenset({"member"})
BY_MEMBER_OR_COORDINATION: frozenset[Role] = frozenset({"member", "coordination"})
COORDINATION_ONLY: frozenset[Role] = frozenset({"coordination"})
SYSTEM_ONLY: frozenset[Role] = frozenset({"system"})

BEGINNING = date.min
"""The day of a fact that nobody dated: before all others."""


class FieldFault(msgspec.Struct, frozen=True):
    """What the schema alone cannot say is wrong; *pointer* is a JSON pointer into ``data``."""

    pointer: str
    code: str
    detail: Sentence


class Life(Protocol):
    """An agreement's life as far as it is told, seen from the day of the notice being taken in."""

    @property
    def day(self) -> date:
        """The day of this notice in the order of the fold; BEGINNING for one that nobody dated."""

    @property
    def state(self) -> State:
        """The state on that day, just before this notice."""

    def value(self, field: str) -> Any:
        """What *field* held on that day, just before this notice; UNSET if nothing."""

    def sign(self, *, dated: bool) -> None:
        """Signed from this day on; *dated*: the notice says on which day."""

    def move(self, state: State, *, expected: frozenset[State]) -> None:
        """Be in *state* from this day on. Coming from a state not *expected* applies, and contradicts."""

    def end(self, state: State, *, expected: frozenset[State], counted: bool = True) -> None:
        """Be in the final *state* from this day on; not *counted*: it never was an agreement of its own."""

    def expect(self, expected: frozenset[State]) -> None:
        """Contradict unless the state is one of *expected*."""

    def change(self, field: str, value: Any) -> None:
        """Let *field* be *value* from this day on; None clears."""

    def correct(self, field: str, value: Any) -> None:
        """Let *field* have been *value* always; None clears."""

    def contradict(self, code: str, detail: Sentence) -> None:
        """Put a contradiction about this notice on the review list."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The ``data`` of one type: checked at the door, then carried and folded as it was sent."""

    dates: ClassVar[tuple[str, ...]] = ("effective_on", "signed_on", "since")
    """The business date of the fact is the first present of these fields."""

    def faults(self) -> Iterator[FieldFault]:
        """What is wrong although each field by itself is right."""
        yield from ()

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """The fold rule: what this fact does to the life of its agreement.

        *data* is as sent, and any field may be missing from it: what was erased is not there any more.
        """


PayloadType = TypeVar("PayloadType", bound=type[Payload])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A type of notice."""

    payload: type[Payload]
    type: str
    """As in the envelope: ``br.malha.agreement.signed.v1``."""
    family: str
    name: str
    senders: frozenset[Role]
    """Who may tell it; the member only if ``member`` is among them."""
    rank: int
    """Which of two facts of the same instant comes first."""
    first_telling: bool
    """Its data are the agreement's own."""
    visibility: Visibility | None
    """Of its feed items, whatever the agreement's; None: as visible as the agreement."""
    headline: Sentence
    """With ``{member}`` and ``{partner}``."""
    plain: Sentence
    """With ``{member}`` alone: nothing of ``data`` is in it."""
    variants: Mapping[str, Sentence]
    """Headlines by instrument, where another word is due."""

    @property
    def of_agreement(self) -> bool:
        """True if an agreement's life is made of it."""
        return self.family == "agreement"

    def business_date(self, data: Mapping[str, Any]) -> ReducedDate | None:
        """When it took effect, as *data* says; None if they do not."""
        for field in self.payload.dates:
            if (told := read_date(data.get(field))) is not None:
                return told
        return None

    def apply(self, data: Mapping[str, Any], life: Life) -> None:
        """Do to *life* what this fact does."""
        self.payload.apply(data, life)


FACTS: dict[str, Fact] = {}
"""Every type of this release, by its ``type``."""


def fact(
    name: str,
    *,
    senders: frozenset[Role],
    headline: Sentence,
    plain: Sentence | None = None,
    rank: int = 0,
    first_telling: bool = False,
    visibility: Visibility | None = None,
    variants: Mapping[str, Sentence] | None = None,
) -> Callable[[PayloadType], PayloadType]:
    """Make the decorated payload the type ``br.malha.{name}.v1``; *name* is ``family.fact``."""
    family, fact_name = name.split(".")

    def register(payload: PayloadType) -> PayloadType:
        type_ = f"br.malha.{name}.v1"
        if type_ in FACTS:
            raise ValueError(f"{type_} is there already")
        FACTS[type_] = Fact(
            type=type_,
            family=family,
            name=fact_name,
            payload=payload,
            senders=senders,
            rank=rank,
            first_telling=first_telling,
            visibility=visibility,
            headline=headline,
            plain=plain or headline,
            variants=variants or {},
        )
        return payload

    return register


def read_date(told: Any) -> ReducedDate | None:
    """The business date that *told* says; None for what is absent, erased or no date."""
    if not isinstance(told, str):
        return None
    try:
        return ReducedDate.parse(told)
    except ValueError:
        return None
