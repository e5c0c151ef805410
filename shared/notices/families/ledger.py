"""What the ledger says of itself: told by the system, folded by nobody."""

from typing import Annotated

from msgspec import Meta

from shared.notices.dates import ReducedDate
from shared.notices.families.fact import BY_SYSTEM, Payload, fact
from shared.notices.families.texts import Digest, Short
from shared.notices.families.wording import about_member


@fact(
    "ledger.erased",
    senders=BY_SYSTEM,
    visibility="public",
    wording=about_member(
        "Dados de um aviso de {member} foram apagados", "Data of a notice from {member} were erased"
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


@fact(
    "ledger.sealed",
    senders=BY_SYSTEM,
    visibility="public",
    wording=about_member(
        "Os registros da rede até o dia foram selados por {member}",
        "The network's records up to the day were sealed by {member}",
    ),
)
class Sealed(Payload, frozen=True):
    """One *digest* over the heads of all *chains* at *position*, when *day* was over."""

    dates = ("day",)

    day: ReducedDate
    position: Annotated[int, Meta(ge=0)]
    chains: Annotated[int, Meta(ge=0)]
    digest: Digest
