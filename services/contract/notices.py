"""A notice of each type as a whole: the CloudEvent with its attributes, and the data of the type."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.contract.schemas import PREFIX, Schemas, name_of_type
from shared.notices.attributes import told_from_outside
from shared.notices.envelope import LONGEST_IDENTIFIER, LONGEST_SUBJECT, SPECVERSION
from shared.notices.families import FACTS, Fact
from shared.notices.sentences import Sentence, in_line
from shared.notices.texts import MemberId

Identifier = Annotated[str, Meta(min_length=1, max_length=LONGEST_IDENTIFIER)]
Subject = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_SUBJECT,
        description="A referência do remetente, como o número do processo · the sender's own reference",
    ),
]
Instant = Annotated[datetime, Meta(tz=True, description="Quando aconteceu · when it happened (RFC 3339)")]
Backfill = Annotated[
    bool, Meta(description="História sendo carregada: não toca o painel ao vivo · history being loaded")
]
A_MEMBER: Final = Sentence("um membro", "a member")
_ROLES: Final = {
    "member": Sentence("o membro", "the member"),
    "coordination": Sentence("a coordenação", "coordination"),
    "office": Sentence("o gabinete", "the office"),
    "system": Sentence("o próprio sistema", "the system itself"),
}


def event_of(type_: str) -> type[msgspec.Struct]:
    """The CloudEvent of a notice of *type_*."""
    fact = FACTS[type_]
    needs_subject = fact.of_agreement and not fact.first_telling
    fields: list[Any] = [
        ("specversion", Literal["1.0"]),
        ("id", Identifier),
        ("source", Identifier),
        ("member", MemberId),
        ("type", Literal[type_]),
        ("subject", Subject) if needs_subject else ("subject", Subject | UnsetType, UNSET),
        ("time", Instant | UnsetType, UNSET),
        ("backfill", Backfill | UnsetType, UNSET),
        ("datacontenttype", str | UnsetType, UNSET),
        ("data", fact.payload),
    ]
    return msgspec.defstruct(
        name_of_type(type_),
        fields,
        kw_only=True,
        namespace={"__doc__": _description(fact)},
        module=__name__,
    )


def add_events(schemas: Schemas) -> dict[str, Any]:
    """Have *schemas* describe every type that may be sent; the schema of any, told apart by `type`."""
    types = sorted(told_from_outside(), key=_in_a_life)
    for type_ in types:
        schemas.of(event_of(type_))
    names = {type_: PREFIX + name_of_type(type_) for type_ in types}
    return {
        "title": "Notice",
        "description": in_line(
            Sentence(f"Um aviso: um CloudEvent {SPECVERSION}", f"A notice: a CloudEvent {SPECVERSION}")
        ),
        "type": "object",
        "required": ["type"],
        "oneOf": [{"$ref": name} for name in names.values()],
        "discriminator": {"propertyName": "type", "mapping": names},
    }


def _in_a_life(type_: str) -> tuple[bool, int, str]:
    """An agreement's facts in the order of its life, then the others."""
    fact = FACTS[type_]
    return not fact.of_agreement, fact.rank, type_


def _description(fact: Fact) -> str:
    said = " ".join((fact.payload.__doc__ or "").split())
    senders = [role for name, role in _ROLES.items() if name in fact.senders]
    by = Sentence(" ou ".join(role.pt for role in senders), " or ".join(role.en for role in senders))
    plain = fact.plain.format(member=A_MEMBER)
    return f"{plain.pt}. Envia: {by.pt}.\n\n{said} Sent by: {by.en}."
