"""The operations of the review list, and of what it judges by."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from services.registry.http.closing import MOST_CHARACTERS, AlreadyClosed, InvalidReason
from services.registry.operations.filters import AgreementId
from services.registry.operations.lists import LIST_PROBLEMS, PAGING, page_of
from services.registry.queries import ReviewStatus
from services.registry.shapes import ReviewKind, ReviewView, RulesView
from shared.notices.families.texts import NOT_BLANK
from shared.notices.sentences import Sentence
from shared.notices.texts import MemberId
from shared.operations import (
    JSON,
    KEY_NEEDED,
    READ_PROBLEMS,
    Content,
    Operation,
    Parameter,
    Tag,
    answered_in_json,
    examples,
)
from shared.operations.feed_filter import Words
from shared.problems import (
    BadJson,
    Forbidden,
    InvalidParameter,
    MissingKey,
    NotAcceptable,
    NotFound,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
)


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing more is to be done about an entry."""

    reason: Annotated[str, Meta(pattern=NOT_BLANK, max_length=MOST_CHARACTERS)]


_EXAMPLE: Final[dict[str, Any]] = {
    "id": 12,
    "kind": "contradiction",
    "code": "unexpected_state",
    "member": examples.MEMBER,
    "agreement": examples.AGREEMENT,
    "subject": examples.SUBJECT,
    "other": None,
    "protocol": examples.PROTOCOL,
    "detail": "Este fato não cabe na situação em que o acordo estava. (Exemplo fictício.)",
    "opened_at": examples.REGISTERED_AT,
    "closed_at": None,
    "closed_by": None,
    "closing": None,
    "reason": None,
}
_CLOSED: Final = {
    **_EXAMPLE,
    "closed_at": "2026-03-10T12:00:00Z",
    "closed_by": "coordination",
    "closing": "coordination",
    "reason": "Confirmado com a prefeitura. (Exemplo fictício.)",
}

TAGS: Final = (
    Tag(
        name="reviews",
        title=Sentence("Revisão", "Review"),
        says=Sentence(
            "O que não combina. O registro anota, nunca recusa: a coordenação e os membros esclarecem.",
            "What does not fit. The registry records, it never refuses: coordination and members clear it "
            "up.",
        ),
    ),
)

OPERATIONS: Final = (
    Operation(
        id="listReviews",
        method="GET",
        path="/v1/reviews",
        tag="reviews",
        summary=Sentence("A lista de revisão", "The review list"),
        says=Sentence("As entradas, a mais nova primeiro.", "The entries, the newest first."),
        callers=("member", "office", "coordination"),
        sees=Sentence(
            "Membro: as dos seus acordos. Gabinete e coordenação: todas.",
            "Member: those of its own agreements. Office and coordination: all.",
        ),
        parameters=(
            Parameter(
                name="status",
                type=ReviewStatus,
                usual="open",
                example="all",
                says=Sentence("Abertas, fechadas ou todas.", "Open, closed or all."),
            ),
            Parameter(
                name="kind",
                type=ReviewKind,
                example="contradiction",
                says=Sentence("De que espécie.", "Of which kind."),
            ),
            Parameter(
                name="code",
                type=Words,
                example="unexpected_state",
                says=Sentence("O código da entrada.", "The entry's code."),
            ),
            Parameter(
                name="member",
                type=MemberId,
                example=examples.MEMBER,
                says=Sentence("De quem é o acordo.", "Whose agreement it is."),
            ),
            Parameter(
                name="agreement",
                type=AgreementId,
                example=examples.AGREEMENT,
                says=Sentence("De que acordo.", "Of which agreement."),
            ),
            *PAGING,
        ),
        answers=(
            page_of(
                ReviewView, "ReviewPage", Sentence("Uma página de entradas.", "A page of entries."), _EXAMPLE
            ),
        ),
        problems=(MissingKey, Forbidden, *LIST_PROBLEMS),
    ),
    Operation(
        id="closeReview",
        method="POST",
        path="/v1/reviews/{review}/close",
        tag="reviews",
        summary=Sentence("Fechar uma entrada", "Close an entry"),
        says=Sentence(
            "Com um motivo. Fechada pela coordenação, não reabre.",
            "With a reason. Closed by the coordination, it does not open again.",
        ),
        callers=("coordination",),
        parameters=(
            Parameter(
                name="review",
                place="path",
                type=Annotated[int, Meta(ge=1, lt=10**18)],
                required=True,
                example=12,
                says=Sentence("O número da entrada.", "The entry's number."),
            ),
        ),
        body={JSON: Content(type=Reason, examples={"reason": {"reason": _CLOSED["reason"]}})},
        answers=(
            answered_in_json(
                ReviewView, Sentence("A entrada, fechada.", "The entry, closed."), example=_CLOSED
            ),
        ),
        problems=(
            BadJson,
            *KEY_NEEDED,
            Forbidden,
            NotFound,
            NotAcceptable,
            RequestTimeout,
            AlreadyClosed,
            TooLarge,
            UnsupportedMediaType,
            InvalidReason,
        ),
    ),
)

RULES: Final = (
    Operation(
        id="getRules",
        method="GET",
        path="/v1/rules",
        tag="reference",
        summary=Sentence("As regras das instâncias", "The rules of the gates"),
        says=Sentence(
            "O que se pede de cada instrumento em cada instância, e desde quando. Mudam por data, sem nova "
            "versão.",
            "What is asked of each instrument at each gate, and since when. They change by date, without a "
            "release.",
        ),
        answers=(
            answered_in_json(
                RulesView,
                Sentence("As regras.", "The rules."),
                example={
                    "version": 1,
                    "applied": 1,
                    "items": [
                        {
                            "gate": "federal",
                            "instrument": "MOU",
                            "from_day": None,
                            "to_day": None,
                            "requires": "notice",
                            "before_signature": False,
                            "satisfied_by": ["informed"],
                            "bodies": [],
                            "signing_days": 14,
                            "proposal_days": None,
                            "overdue_days": None,
                            "basis": {"pt": "Exemplo fictício.", "en": "A fictional example."},
                        }
                    ],
                },
            ),
        ),
        problems=(InvalidParameter, *READ_PROBLEMS),
    ),
)
