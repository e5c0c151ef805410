"""The facts of an agreement's life, and the data that an agreement is made of."""

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
    Side,
    State,
    Theme,
    Visibility,
)
from shared.notices.dates import ReducedDate
from shared.notices.families.fact import (
    BY_MEMBER,
    BY_MEMBER_OR_COORDINATION,
    Life,
    Payload,
    fact,
)
from shared.notices.families.texts import (
    Address,
    Code,
    Decimal,
    LanguageTag,
    Prose,
    ProtocolNumber,
    Sha256,
    Short,
    Subject,
    Title,
    WikidataId,
)
from shared.notices.places import is_member_id
from shared.notices.sentences import Sentence
from shared.notices.texts import MemberId

# The order of the lifecycle decides between facts of the same instant. Of the facts still to come:
# negotiation_opened 10, submitted_for_review 20, returned 30, cleared 40, confirmed 70, withdrawn 80,
# gate_updated 90, renewed 130, suspended 140, resumed 150, completed 160, superseded 180, merged 190,
# document_attached 200, voided 220, question_asked 230, question_answered 240.

IN_A_COUNTRY: frozenset[str] = frozenset(get_args(PartnerKind)) - WITHOUT_COUNTRY
"""The kinds of partner that stand in one country."""

ALIVE: frozenset[State] = frozenset({"signed", "in_force", "suspended"})
"""What a fact about a signed agreement expects to find."""


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
    documents: Annotated[list[Document], Meta(max_length=100)] | UnsetType = UNSET
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


class ChangingPayload(Payload, frozen=True):
    """A fact that changes fields of the agreement."""

    changes: Annotated[Changes, Meta(extra_json_schema={"minProperties": 1})]  # type: ignore[valid-type]


def _changes(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return data.get("changes") or {}


@fact(
    "agreement.signed",
    rank=50,
    senders=BY_MEMBER_OR_COORDINATION,
    first_telling=True,
    headline=Sentence(
        pt="{member} assinou acordo com {partner}", en="{member} signed an agreement with {partner}"
    ),
    plain=Sentence(pt="{member} assinou um acordo", en="{member} signed an agreement"),
    variants={
        "IRM_DECL": Sentence(
            pt="{member} declarou por lei irmandade com {partner}",
            en="{member} declared by law that it is twinned with {partner}",
        ),
        "ADT": Sentence(
            pt="{member} assinou termo aditivo com {partner}",
            en="{member} signed an amendment with {partner}",
        ),
    },
)
class Signed(AgreementData, frozen=True):
    """An agreement was signed."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Signed from its day on; what it tells of the agreement is already taken in."""
        life.sign(dated=data.get("signed_on") is not None)


@fact(
    "agreement.reported",
    rank=60,
    senders=BY_MEMBER_OR_COORDINATION,
    first_telling=True,
    headline=Sentence(
        pt="{member} informou acordo já existente com {partner}",
        en="{member} reported an existing agreement with {partner}",
    ),
    plain=Sentence(
        pt="{member} informou um acordo já existente", en="{member} reported an existing agreement"
    ),
    variants={
        "IRM_DECL": Sentence(
            pt="{member} informou lei de irmandade com {partner}",
            en="{member} reported a law that declares it twinned with {partner}",
        ),
        "ADT": Sentence(
            pt="{member} informou termo aditivo com {partner}",
            en="{member} reported an amendment with {partner}",
        ),
    },
)
class Reported(Signed, frozen=True):
    """An existing agreement is told for the first time."""


@fact(
    "agreement.entered_into_force",
    rank=100,
    senders=BY_MEMBER,
    headline=Sentence(
        pt="Entrou em vigor o acordo de {member} com {partner}",
        en="The agreement of {member} with {partner} entered into force",
    ),
    plain=Sentence(
        pt="Entrou em vigor um acordo de {member}", en="An agreement of {member} entered into force"
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
    headline=Sentence(
        pt="Alterado o acordo de {member} com {partner}",
        en="The agreement of {member} with {partner} was amended",
    ),
    plain=Sentence(pt="Alterado um acordo de {member}", en="An agreement of {member} was amended"),
)
class Amended(ChangingPayload, frozen=True):
    """The agreement is another from a day on."""

    effective_on: ReducedDate
    reason: Prose | UnsetType = UNSET
    document: Document | UnsetType = UNSET

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Each named field changes from its day on."""
        life.expect(ALIVE)
        for field, value in _changes(data).items():
            life.change(field, value)


@fact(
    "agreement.corrected",
    rank=120,
    senders=BY_MEMBER_OR_COORDINATION,
    headline=Sentence(
        pt="Corrigidos dados do acordo de {member} com {partner}",
        en="Data of the agreement of {member} with {partner} were corrected",
    ),
    plain=Sentence(
        pt="Corrigidos dados de um acordo de {member}",
        en="Data of an agreement of {member} were corrected",
    ),
)
class Corrected(ChangingPayload, frozen=True):
    """It was always so."""

    reason: Prose

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Each named field was always so."""
        for field, value in _changes(data).items():
            life.correct(field, value)


@fact(
    "agreement.terminated",
    rank=170,
    senders=BY_MEMBER,
    headline=Sentence(
        pt="Rescindido o acordo de {member} com {partner}",
        en="The agreement of {member} with {partner} was terminated",
    ),
    plain=Sentence(pt="Rescindido um acordo de {member}", en="An agreement of {member} was terminated"),
)
class Terminated(Payload, frozen=True):
    """The agreement was ended before its time, by one side or both."""

    effective_on: ReducedDate
    reason: Prose | UnsetType = UNSET
    side: Side | UnsetType = UNSET

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - the day is in the life
        """Over from its day on."""
        life.end("terminated", expected=ALIVE)


@fact(
    "agreement.retracted",
    rank=210,
    senders=BY_MEMBER_OR_COORDINATION,
    headline=Sentence(
        pt="Retirado um aviso sobre o acordo de {member} com {partner}",
        en="A notice about the agreement of {member} with {partner} was retracted",
    ),
    plain=Sentence(
        pt="Retirado um aviso sobre um acordo de {member}",
        en="A notice about an agreement of {member} was retracted",
    ),
)
class Retracted(Payload, frozen=True):
    """The sender's own notice was a mistake; the fold leaves it out, history keeps it."""

    notice: ProtocolNumber
    reason: Prose
