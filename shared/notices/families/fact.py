"""What a type of notice is: one class with its fields, its fold rule and its headline.

A new type is one decorated class in the module of its family; nothing else has to know it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import msgspec

from shared.notices.codelists import State, Visibility
from shared.notices.dates import ReducedDate
from shared.notices.sentences import Sentence

Role = Literal["member", "coordination", "office", "system"]

BY_MEMBER: frozenset[Role] = frozenset({"member"})
BY_MEMBER_OR_COORDINATION: frozenset[Role] = frozenset({"member", "coordination"})
BY_COORDINATION: frozenset[Role] = frozenset({"coordination"})
BY_OFFICE_OR_COORDINATION: frozenset[Role] = frozenset({"office", "coordination"})
BY_SYSTEM: frozenset[Role] = frozenset({"system"})

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
    def subject(self) -> str:
        """The agreement's own subject."""

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

    def end(
        self, state: State, *, expected: frozenset[State], counted: bool = True, successor: str | None = None
    ) -> None:
        """Be in the final *state* from this day on; not *counted*: it never was an agreement of its own.

        *successor*: the subject of the agreement that stands in its place.
        """

    def expect(self, expected: frozenset[State]) -> None:
        """Contradict unless the state is one of *expected*."""

    def expect_told(self) -> None:
        """Contradict unless the agreement itself was told, before or after."""

    def change(self, field: str, value: Any) -> None:
        """Let *field* be *value* from this day on; None clears."""

    def correct(self, field: str, value: Any) -> None:
        """Let *field* have been *value* always; None clears."""

    def attach(self, document: Mapping[str, Any]) -> None:
        """Have *document* among the agreement's documents from this day on."""

    def confirm(self) -> None:
        """Be known as alive on this day."""

    def ask(self, text: str | None, answer_by: str | None) -> None:
        """Be asked *text*; an answer is wanted by the date *answer_by*."""

    def answer(self, text: str | None) -> None:
        """Answer the first question that has no answer yet."""

    def contradict(self, code: str, detail: Sentence) -> None:
        """Put a contradiction about this notice on the review list."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The ``data`` of one type: checked at the door, then carried and folded as it was sent."""

    dates: ClassVar[tuple[str, ...]] = ("effective_on", "signed_on", "since")
    """The business date of the fact is the first present of these fields."""
    rules: ClassVar[Mapping[str, Any]] = {}
    """JSON Schema of what holds across fields; `__post_init__` says the same to the fast decoder."""

    def faults(self) -> Iterator[FieldFault]:
        """What is wrong although each field by itself is right."""
        yield from ()

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """The fold rule: what this fact does to the life of its agreement.

        *data* is as sent, and any field may be missing from it: what was erased is not there any more.
        """


PayloadType = TypeVar("PayloadType", bound=type[Payload])
Shows = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _nothing(_data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the feed says of a fact."""

    headline: Sentence
    """With ``{member}`` and ``{partner}``."""
    plain: Sentence
    """With ``{member}`` alone: nothing of ``data`` is in it."""
    variants: Mapping[str, Sentence] = field(default_factory=dict)
    """Headlines by instrument, where another word is due."""
    shows: Shows = _nothing
    """What the headline shows of *data*; KeyError if it is not there any more: then the plain one is due."""
    shown: frozenset[str] = frozenset()
    """The fields whose values it shows."""


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
    of_agreement: bool
    """Its subject is an agreement's."""
    of_life: bool
    """It changes the life of its agreement; a question does not, and may come after the end."""
    visibility: Visibility | None
    """Of its feed items, whatever the agreement's; None: as visible as the agreement."""
    wording: Wording

    @property
    def folded(self) -> bool:
        """True if an agreement is made of it; what the clock tells is about one, and no part of it."""
        return self.family == "agreement"

    @property
    def headline(self) -> Sentence:
        """What the feed says of it, with ``{member}`` and ``{partner}``."""
        return self.wording.headline

    @property
    def plain(self) -> Sentence:
        """The same with ``{member}`` alone: nothing of ``data`` is in it."""
        return self.wording.plain

    def business_date(self, data: Mapping[str, Any]) -> ReducedDate | None:
        """When it took effect, as *data* says; None if they do not."""
        for name in self.payload.dates:
            if (told := read_date(data.get(name))) is not None:
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
    wording: Wording,
    rank: int = 0,
    first_telling: bool = False,
    of_agreement: bool | None = None,
    of_life: bool = True,
    visibility: Visibility | None = None,
) -> Callable[[PayloadType], PayloadType]:
    """Make the decorated payload the type ``br.malha.{name}.v1``; *name* is ``family.fact``.

    *of_agreement* None: if its family is that of agreements.
    """
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
            of_agreement=family == "agreement" if of_agreement is None else of_agreement,
            of_life=of_life,
            visibility=visibility,
            wording=wording,
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
