"""The facts of an agreement's life, by phase: negotiation, signature, force, ending; and its record."""

from shared.notices.families.agreement_data import FIELDS, AgreementData, Changes, Document
from shared.notices.families.ending import Completed, Merged, Superseded, Terminated, Voided
from shared.notices.families.force import (
    Amended,
    Corrected,
    EnteredIntoForce,
    Renewed,
    Resumed,
    Suspended,
)
from shared.notices.families.negotiation import (
    Cleared,
    NegotiationOpened,
    Returned,
    SubmittedForReview,
    Withdrawn,
)
from shared.notices.families.record import (
    DocumentAttached,
    GateUpdated,
    QuestionAnswered,
    QuestionAsked,
    Retracted,
)
from shared.notices.families.signature import Confirmed, Reported, Signed
from shared.notices.families.states import ALIVE

__all__ = [
    "ALIVE",
    "FIELDS",
    "AgreementData",
    "Amended",
    "Changes",
    "Cleared",
    "Completed",
    "Confirmed",
    "Corrected",
    "Document",
    "DocumentAttached",
    "EnteredIntoForce",
    "GateUpdated",
    "Merged",
    "NegotiationOpened",
    "QuestionAnswered",
    "QuestionAsked",
    "Renewed",
    "Reported",
    "Resumed",
    "Retracted",
    "Returned",
    "Signed",
    "SubmittedForReview",
    "Superseded",
    "Suspended",
    "Terminated",
    "Voided",
    "Withdrawn",
]
