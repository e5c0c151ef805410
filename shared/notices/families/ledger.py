"""What the ledger says of itself: told by the system, folded by nobody."""

from typing import Annotated

from msgspec import Meta

from shared.notices.families.fact import SYSTEM_ONLY, Payload, fact
from shared.notices.families.texts import Short
from shared.notices.sentences import Sentence


@fact(
    "ledger.erased",
    senders=SYSTEM_ONLY,
    visibility="public",
    headline=Sentence(
        pt="Dados de um aviso de {member} foram apagados",
        en="Data of a notice from {member} were erased",
    ),
)
class Erased(Payload, frozen=True):
    """Top-level *fields* of the data of entry *sequence*, in the same member's chain, are gone."""

    sequence: Annotated[int, Meta(ge=1)]
    fields: Annotated[list[Short], Meta(min_length=1)]
    ground: Short
    decided_by: Short
    """A role, never a person."""
    request: Short
