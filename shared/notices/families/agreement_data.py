"""The data that an agreement is made of, as it may be told."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.notices.codelists import (
    WITHOUT_COUNTRY,
    Basis,
    Country,
    Currency,
    FederalBody,
    FederalStatus,
    Instrument,
    LegalStatus,
    LegislativeStatus,
    PartnerKind,
    Provenance,
    Renewal,
    Theme,
    Visibility,
)
from shared.notices.dates import ReducedDate
from shared.notices.families.fact import Payload
from shared.notices.families.texts import (
    Address,
    Code,
    Decimal,
    LanguageTag,
    Prose,
    Sha256,
    Short,
    Subject,
    Title,
    WikidataId,
)
from shared.notices.places import is_member_id
from shared.notices.texts import MemberId

MOST_DOCUMENTS = 100
IN_A_COUNTRY: frozenset[str] = frozenset(get_args(PartnerKind)) - WITHOUT_COUNTRY
"""The kinds of partner that stand in one country."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A piece of an agreement's data."""


class Partner(Part, frozen=True):
    """Who stands on the other side."""

    name: Title
    kind: PartnerKind
    country: Country | UnsetType = UNSET
    place: Short | UnsetType = UNSET
    wikidata: WikidataId | UnsetType = UNSET

    def __post_init__(self) -> None:
        """A partner names its country, unless it is of a kind that stands in none."""
        if self.country is UNSET and self.kind in IN_A_COUNTRY:
            raise ValueError(f"a partner of kind {self.kind} needs its country")


# A rule across fields stands twice, in the struct for the fast decoder and in the schema for the collector of
# all faults, which explains what the decoder refused.
ListedPartner = Annotated[
    Partner,
    Meta(
        extra_json_schema={
            "if": {"properties": {"kind": {"enum": sorted(IN_A_COUNTRY)}}, "required": ["kind"]},
            "then": {"required": ["country"]},
        }
    ),
]


class Participant(Part, frozen=True):
    """Another member that shares the agreement."""

    member: MemberId
    role: Short | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Only members of the network take part; the others are partners."""
        if not is_member_id(self.member):
            raise ValueError(f"{self.member} is no member of the network")


class Objective(Part, frozen=True):
    """What is to be reached, and how one would see it."""

    text: Prose
    indicator: Short | UnsetType = UNSET
    target: Annotated[float, Meta(ge=-1e15, le=1e15)] | Short | UnsetType = UNSET
    unit: Short | UnsetType = UNSET
    due: ReducedDate | UnsetType = UNSET


class Signatory(Part, frozen=True):
    """Who signed, by office; the name of who signed an official act may stand beside it."""

    office: Short
    name: Short | UnsetType = UNSET


class LegalGate(Part, frozen=True):
    """The legal opinion."""

    status: LegalStatus
    body: Short | UnsetType = UNSET
    since: ReducedDate | UnsetType = UNSET
    evidence: Title | UnsetType = UNSET


class LegislativeGate(Part, frozen=True):
    """The authorisation by the legislature."""

    status: LegislativeStatus
    body: Short | UnsetType = UNSET
    since: ReducedDate | UnsetType = UNSET
    evidence: Title | UnsetType = UNSET


class FederalGate(Part, frozen=True):
    """What the federal government has to say."""

    status: FederalStatus
    body: FederalBody | UnsetType = UNSET
    since: ReducedDate | UnsetType = UNSET
    evidence: Title | UnsetType = UNSET


class Gates(Part, frozen=True):
    """The three gates that an agreement may have to pass."""

    legal: LegalGate | UnsetType = UNSET
    legislative: LegislativeGate | UnsetType = UNSET
    federal: FederalGate | UnsetType = UNSET


class Gazette(Part, frozen=True):
    """Where it was officially published."""

    name: Short | UnsetType = UNSET
    date: ReducedDate | UnsetType = UNSET
    url: Address | UnsetType = UNSET


class Document(Part, frozen=True):
    """A document, by its digest, its address or both."""

    kind: Code
    lang: LanguageTag | UnsetType = UNSET
    sha256: Sha256 | UnsetType = UNSET
    url: Address | UnsetType = UNSET


class Amount(Part, frozen=True):
    """Money, exact: *value* is a decimal string."""

    value: Decimal
    currency: Currency
    kind: Code | UnsetType = UNSET


class Source(Part, frozen=True):
    """How it is known."""

    kind: Provenance
    url: Address | UnsetType = UNSET
    confidence: Code | UnsetType = UNSET


class AgreementData(Payload, frozen=True):
    """An agreement's data, as known; completeness is scored, never enforced."""

    dates = ("signed_on",)

    instrument: Instrument
    title: Title
    partners: Annotated[list[ListedPartner], Meta(min_length=1, max_length=100)]
    basis: Basis | UnsetType = UNSET
    object: Prose | UnsetType = UNSET
    participants: Annotated[list[Participant], Meta(max_length=1_000)] | UnsetType = UNSET
    themes: Annotated[list[Theme], Meta(max_length=25)] | UnsetType = UNSET
    sdgs: Annotated[list[Annotated[int, Meta(ge=1, le=17)]], Meta(max_length=17)] | UnsetType = UNSET
    objectives: Annotated[list[Objective], Meta(max_length=100)] | UnsetType = UNSET
    signed_on: ReducedDate | UnsetType = UNSET
    effective_on: ReducedDate | UnsetType = UNSET
    ends_on: ReducedDate | UnsetType | None = UNSET
    renewal: Renewal | UnsetType = UNSET
    department: Short | UnsetType = UNSET
    signatories: Annotated[list[Signatory], Meta(max_length=50)] | UnsetType = UNSET
    gates: Gates | UnsetType = UNSET
    gazette: Gazette | UnsetType = UNSET
    documents: Annotated[list[Document], Meta(max_length=MOST_DOCUMENTS)] | UnsetType = UNSET
    amounts: Annotated[list[Amount], Meta(max_length=100)] | UnsetType = UNSET
    parent: Subject | UnsetType = UNSET
    provenance: Annotated[list[Source], Meta(max_length=100)] | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET


class ChangesBase(Part, frozen=True):
    """Fields of the agreement and their new values: null clears, lists replace."""

    def __post_init__(self) -> None:
        """Something has to change."""
        if all(getattr(self, field) is UNSET for field in self.__struct_fields__):
            raise ValueError("changes names no field")


def _nullable(hints: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(field, hints[field] | None, UNSET) for field in AgreementData.__struct_fields__]


Changes = msgspec.defstruct(
    "Changes",
    _nullable(get_type_hints(AgreementData, include_extras=True)),
    bases=(ChangesBase,),
    module=__name__,
)
"""What `changes` may hold: any field of an agreement's data, each with its own type, or null."""

FIELDS: frozenset[str] = frozenset(AgreementData.__struct_fields__)
"""The fields of an agreement's data."""
