"""What an operation of an API is, as data: whoever answers it says here what may be asked and answered.

Declared beside the handlers, composed into the OpenAPI document, never imported by what runs. Types are those
that msgspec can describe; their JSON Schema is made where the document is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from shared.http import MalformedRequest
from shared.notices.sentences import Sentence
from shared.problems import (
    MethodNotAllowed,
    MissingKey,
    NotAcceptable,
    Problem,
    Unavailable,
    UnknownKey,
    WrongEnvironment,
)

JSON: Final = "application/json"
Refusal = type[Problem] | Problem
"""A kind of problem; or one itself, where its own words or code say it better than its kind's."""
Role = Literal["anonymous", "member", "office", "coordination"]
EVERYBODY: Final[tuple[Role, ...]] = ("anonymous", "member", "office", "coordination")

KEY_PROBLEMS: Final[tuple[type[Problem], ...]] = (UnknownKey, WrongEnvironment, Unavailable)
"""What may be wrong with a key where one may be shown; before keys are known the answer is 503."""
KEY_NEEDED: Final[tuple[type[Problem], ...]] = (MissingKey, *KEY_PROBLEMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the address, or a header that means something here."""

    name: str
    says: Sentence
    type: Any = str
    place: Literal["query", "path", "header"] = "query"
    many: bool = False
    """May be given again: any of the values will do."""
    required: bool = False
    example: Any = None
    usual: Any = None
    """What holds without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A body of one media type: of a type, or of one of several; of a *schema* where no type says it."""

    type: Any = None
    schema: Mapping[str, Any] | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header of an answer."""

    name: str
    says: Sentence
    type: Any = str
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered when it goes well."""

    says: Sentence
    status: int = 200
    content: Mapping[str, Content] = field(default_factory=dict)
    headers: Sequence[Header] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method at a path. *callers* are who may call it; *sees* says what of the whole each of them gets."""

    id: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    tag: str
    summary: Sentence
    says: Sentence
    callers: Sequence[Role] = EVERYBODY
    sessions: bool = True
    """Whether a person who is signed in may call it, too; otherwise keys alone."""
    sees: Sentence | None = None
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Content] = field(default_factory=dict)
    body_says: Sentence | None = None
    answers: Sequence[Answer] = ()
    problems: Sequence[Refusal] = ()

    @property
    def is_public(self) -> bool:
        """Whether it may be called without showing anything."""
        return "anonymous" in self.callers

    @property
    def all_problems(self) -> tuple[Refusal, ...]:
        """Its own, and those of whatever answers here; each once, by status."""
        found = dict.fromkeys((*self.problems, MalformedRequest, MethodNotAllowed, Problem))
        return tuple(sorted(found, key=lambda kind: kind.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A chapter of the document."""

    name: str
    title: Sentence
    says: Sentence


@dataclass(frozen=True, slots=True)
class Page:
    """An address for people: it stands in no contract, and is named so that none is forgotten."""

    method: str
    path: str


def answered_in_json(type_: Any, says: Sentence, *, example: Any = None, status: int = 200) -> Answer:
    """An answer in JSON."""
    examples = {} if example is None else {"default": example}
    return Answer(says=says, status=status, content={JSON: Content(type=type_, examples=examples)})


def refined(struct: type[msgspec.Struct], name: str | None = None, **types: Any) -> type[msgspec.Struct]:
    """*struct* with some of its fields told more exactly than the code needs to know them.

    The rest follows *struct* as it changes; a field that is no longer there is an error.
    """
    fields = msgspec.structs.fields(struct)
    unknown = types.keys() - {each.name for each in fields}
    if unknown:
        raise ValueError(f"{struct.__name__} has no {', '.join(sorted(unknown))}")
    told = [
        (each.name, types.get(each.name, each.type))
        if each.required
        else (each.name, types.get(each.name, each.type), msgspec.field(default=_default(each)))
        for each in fields
    ]
    return msgspec.defstruct(
        name or struct.__name__,
        told,
        kw_only=True,
        frozen=True,
        namespace={"__doc__": struct.__doc__},
        module=struct.__module__,
    )


def _default(told: msgspec.structs.FieldInfo) -> Any:
    if told.default is not msgspec.NODEFAULT:
        return told.default
    return msgspec.UNSET if told.default_factory is msgspec.NODEFAULT else told.default_factory()


READ_PROBLEMS: Final[tuple[type[Problem], ...]] = (*KEY_PROBLEMS, NotAcceptable)
"""What may stand in the way of any reading."""
