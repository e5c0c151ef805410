"""Facts around an agreement: its gates, its documents, questions about it, and what was told by mistake."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, get_args

from msgspec import UNSET, UnsetType

from shared.notices.codelists import (
    FederalBody,
    FederalStatus,
    Gate,
    GateStatus,
    LegalStatus,
    LegislativeStatus,
    name_of,
)
from shared.notices.dates import ReducedDate
from shared.notices.families.agreement_data import Document
from shared.notices.families.fact import (
    BY_MEMBER,
    BY_MEMBER_OR_COORDINATION,
    BY_OFFICE_OR_COORDINATION,
    FieldFault,
    Life,
    Payload,
    fact,
)
from shared.notices.families.texts import Prose, ProtocolNumber, Short, Title
from shared.notices.families.wording import about_agreement
from shared.notices.protocol import is_well_formed
from shared.notices.sentences import Sentence

MISTYPED: Final = Sentence(
    pt="O protocolo tem um erro de digitação: o último símbolo não confere. Copie-o do recibo.",
    en="The protocol has a typing error: its last symbol does not match. Copy it from the receipt.",
)
STATUSES: Final[dict[Gate, tuple[str, ...]]] = {
    "legal": get_args(LegalStatus),
    "legislative": get_args(LegislativeStatus),
    "federal": get_args(FederalStatus),
}
"""How each gate may stand."""
_TOLD_OF_A_GATE: Final = ("status", "body", "since", "evidence")


def _at(gate: Gate) -> dict[str, Any]:
    allowed: dict[str, Any] = {"status": {"enum": list(STATUSES[gate])}}
    if gate == "federal":
        allowed["body"] = {"enum": list(get_args(FederalBody))}
    return {
        "if": {"properties": {"gate": {"const": gate}}, "required": ["gate"]},
        "then": {"properties": allowed},
    }


def _names(data: Mapping[str, Any]) -> Mapping[str, Any]:
    gate = data["gate"]
    return {"gate": name_of("gates", gate), "status": name_of(f"{gate}_statuses", data["status"])}


@fact(
    "agreement.gate_updated",
    rank=90,
    senders=BY_MEMBER_OR_COORDINATION,
    wording=about_agreement(
        "Nova situação em uma etapa {do} de {member} com {partner}|: {gate}, {status}",
        "A gate of {the} of {member} with {partner} stands otherwise|: {gate}, {status}",
        shows=_names,
        shown=frozenset({"gate", "status"}),
    ),
)
class GateUpdated(Payload, frozen=True):
    """How one of the three gates stands from a day on."""

    rules: ClassVar = {"allOf": [_at(gate) for gate in STATUSES]}

    gate: Gate
    status: GateStatus
    body: Short | UnsetType = UNSET
    since: ReducedDate | UnsetType = UNSET
    evidence: Title | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Each gate has its own statuses, and the federal one its own bodies."""
        if self.status not in STATUSES[self.gate]:
            raise ValueError(f"{self.status} is no status of the gate {self.gate}")
        if self.gate == "federal" and self.body is not UNSET and self.body not in get_args(FederalBody):
            raise ValueError(f"{self.body} is no federal body")

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """That gate stands so from its day on; the others stand as they did."""
        life.expect_told()
        gate = data.get("gate")
        if gate is None or data.get("status") is None:
            return
        told = {name: data[name] for name in _TOLD_OF_A_GATE if data.get(name) is not None}
        gates = life.value("gates")
        life.change("gates", {**(gates if isinstance(gates, dict) else {}), gate: told})


@fact(
    "agreement.document_attached",
    rank=200,
    senders=BY_MEMBER,
    wording=about_agreement(
        "Juntado um documento {ao} de {member} com {partner}",
        "A document was attached to {the} of {member} with {partner}",
    ),
)
class DocumentAttached(Payload, frozen=True):
    """The agreement has one document more."""

    document: Document

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Among its documents from its day on."""
        life.expect_told()
        if data.get("document"):
            life.attach(data["document"])


@fact(
    "agreement.retracted",
    rank=210,
    senders=BY_MEMBER_OR_COORDINATION,
    wording=about_agreement(
        "Retirado um aviso sobre {o} de {member} com {partner}",
        "A notice about {the} of {member} with {partner} was retracted",
    ),
)
class Retracted(Payload, frozen=True):
    """The sender's own notice was a mistake; the fold leaves it out, history keeps it."""

    notice: ProtocolNumber
    reason: Prose

    def faults(self) -> Iterator[FieldFault]:
        """A number with a slip of the pen in it would retract nothing."""
        if not is_well_formed(self.notice):
            yield FieldFault("/notice", "malformed_protocol", MISTYPED)


class SpokenPayload(Payload, frozen=True):
    """What is asked or answered."""

    text: Prose
    answer_by: ReducedDate | UnsetType = UNSET


@fact(
    "agreement.question_asked",
    rank=230,
    senders=BY_OFFICE_OR_COORDINATION,
    of_life=False,
    visibility="restricted",
    wording=about_agreement(
        "Pergunta a {member} sobre {o} com {partner}",
        "A question to {member} about {the} with {partner}",
    ),
)
class QuestionAsked(SpokenPayload, frozen=True):
    """Somebody wants to know something; `answer_by` is the last day for an answer."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Asked, and open until it is answered."""
        life.ask(data.get("text"), data.get("answer_by"))


@fact(
    "agreement.question_answered",
    rank=240,
    senders=BY_MEMBER,
    of_life=False,
    visibility="restricted",
    wording=about_agreement(
        "{member} respondeu a uma pergunta sobre {o} com {partner}",
        "{member} answered a question about {the} with {partner}",
    ),
)
class QuestionAnswered(SpokenPayload, frozen=True):
    """The member answers."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """The first question without an answer has this one."""
        life.answer(data.get("text"))
