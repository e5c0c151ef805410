"""What the registry answers: contract §4, field by field and in its order."""

from services.registry.shapes.agreements import (
    AgreementPage,
    AgreementView,
    ChangeView,
    CompletenessView,
    ContradictionView,
    Correction,
    QuestionView,
    Record,
    RelatedView,
    RemarkView,
    SuccessorView,
    VersionView,
)
from services.registry.shapes.counts import By, Figures, StatisticsItem, StatisticsPage
from services.registry.shapes.ledger import LedgerView, SealView, VerificationView
from services.registry.shapes.lists import Page
from services.registry.shapes.members import Contact, MemberView, Signed
from services.registry.shapes.receipts import ConflictView, FeedPage, ReceiptView, Stages
from services.registry.shapes.resemblances import (
    DuplicateView,
    ResemblancesView,
    SameTextView,
    SharingPage,
    SharingView,
    SiblingsView,
    SimilarView,
    TextPage,
    TextView,
)
from services.registry.shapes.reviews import ClosedBy, ReviewKind, ReviewView, RulesView, RuleView

__all__ = [
    "AgreementPage",
    "AgreementView",
    "By",
    "ChangeView",
    "ClosedBy",
    "CompletenessView",
    "ConflictView",
    "Contact",
    "ContradictionView",
    "Correction",
    "DuplicateView",
    "FeedPage",
    "Figures",
    "LedgerView",
    "MemberView",
    "Page",
    "QuestionView",
    "ReceiptView",
    "Record",
    "RelatedView",
    "RemarkView",
    "ResemblancesView",
    "ReviewKind",
    "ReviewView",
    "RuleView",
    "RulesView",
    "SameTextView",
    "SealView",
    "SharingPage",
    "SharingView",
    "SiblingsView",
    "Signed",
    "SimilarView",
    "Stages",
    "StatisticsItem",
    "StatisticsPage",
    "SuccessorView",
    "TextPage",
    "TextView",
    "VerificationView",
    "VersionView",
]
