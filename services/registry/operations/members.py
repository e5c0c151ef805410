"""The operations about members, and the ledger of each."""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from services.registry.http.members import HEARD
from services.registry.operations.filters import MOMENTS, Mesoregion
from services.registry.operations.lists import LIST_PROBLEMS, PAGING, page_of
from services.registry.shapes import LedgerView, MemberView, SealView, VerificationView
from shared.data import MemberKind
from shared.notices.sentences import Sentence
from shared.notices.texts import MemberId
from shared.operations import READ_PROBLEMS, Operation, Parameter, Tag, answered_in_json, examples, refined
from shared.operations.feed_filter import Words
from shared.problems import InvalidParameter, NotFound, TooManyRequests

Member = refined(MemberView, "Member", kind=MemberKind)
SEES: Final = Sentence(
    "Os números contam o que quem pergunta pode ver.", "The numbers count what the asker may see."
)
THE_MEMBER: Final = Parameter(
    name="member",
    place="path",
    type=MemberId,
    required=True,
    example=examples.MEMBER,
    says=Sentence(
        "O código IBGE de um município mineiro, `31` (o Estado) ou `org-…`.",
        "The IBGE code of a municipality of Minas Gerais, `31` (the state) or `org-…`.",
    ),
)
_ONE_CLICK: Final[dict[str, Any]] = {
    "id": examples.MEMBER,
    "kind": "municipality",
    "name": "Belo Horizonte",
    "mesoregion": "Metropolitana de Belo Horizonte",
    "signed": {"ever": 33, "this_mandate": 4},
    "in_force": 21,
    "negotiating": 2,
    "unilateral": 3,
    "expiring_90_days": 1,
    "by_country": {"PT": 4, "CN": 3},
    "by_theme": {"AGUA": 6},
    "last_heard_at": "2026-11-21T14:03:07Z",
    "last_nil_return": None,
    "as_of": examples.TODAY,
}

TAGS: Final = (
    Tag(
        name="members",
        title=Sentence("Membros", "Members"),
        says=Sentence(
            "Municípios, o Estado e organizações, e o número que cada um tem.",
            "Municipalities, the state and organisations, and the number that each of them has.",
        ),
    ),
    Tag(
        name="ledger",
        title=Sentence("Livro-razão", "Ledger"),
        says=Sentence(
            "A cadeia de cada membro: só cresce, e qualquer pessoa pode conferi-la.",
            "Each member's chain: it only grows, and anybody can verify it.",
        ),
    ),
)

OPERATIONS: Final = (
    Operation(
        id="listMembers",
        method="GET",
        path="/v1/members",
        tag="members",
        summary=Sentence("Os membros e os seus números", "The members and their numbers"),
        says=Sentence("Os membros em ordem de identificador.", "The members in order of id."),
        sees=SEES,
        parameters=(
            Parameter(
                name="kind",
                type=MemberKind,
                example="municipality",
                says=Sentence("Município, Estado ou organização.", "Municipality, state or organisation."),
            ),
            Parameter(
                name="mesoregion",
                type=Mesoregion,
                example="Metropolitana de Belo Horizonte",
                says=Sentence("O nome da mesorregião.", "The name of the mesoregion."),
            ),
            Parameter(
                name="heard",
                type=Literal[HEARD],
                example="silent_12_months",
                says=Sentence(
                    "Nunca ouvidos, em silêncio há 12 meses, ou ouvidos há menos.",
                    "Never heard, silent for 12 months, or heard since.",
                ),
            ),
            Parameter(
                name="nil_return",
                type=bool,
                example=True,
                says=Sentence(
                    "Se já declararam não ter acordos.", "Whether they ever declared to have none."
                ),
            ),
            Parameter(
                name="q",
                type=Words,
                example="belo",
                says=Sentence(
                    "Parte do nome, com ou sem acentos.", "Part of the name, with or without accents."
                ),
            ),
            *MOMENTS,
            *PAGING,
        ),
        answers=(
            page_of(
                Member, "MemberPage", Sentence("Uma página de membros.", "A page of members."), _ONE_CLICK
            ),
        ),
        problems=LIST_PROBLEMS,
    ),
    Operation(
        id="getMember",
        method="GET",
        path="/v1/members/{member}",
        tag="members",
        summary=Sentence("Um clique: quantos acordos", "One click: how many agreements"),
        says=Sentence(
            "Quantos acordos o membro tem. De quem nunca se ouviu, e de quem nada se sabe, todo número é "
            "null: "
            "silêncio não é zero.",
            "How many agreements the member has. Of one never heard of, of whom nothing is known, every "
            "number is "
            "null: silence is not zero.",
        ),
        sees=SEES,
        parameters=(THE_MEMBER, *MOMENTS),
        answers=(answered_in_json(Member, Sentence("O membro.", "The member."), example=_ONE_CLICK),),
        problems=(InvalidParameter, NotFound, TooManyRequests, *READ_PROBLEMS),
    ),
    Operation(
        id="getHeads",
        method="GET",
        path="/v1/ledger",
        tag="ledger",
        summary=Sentence("Onde está cada cadeia", "Where each chain stands"),
        says=Sentence(
            "As pontas de todas as cadeias e um só resumo sobre elas, o que se anuncia todo dia "
            "(`ledger.sealed`).",
            "The heads of all chains and one digest over them, which is announced every day "
            "(`ledger.sealed`).",
        ),
        parameters=(
            Parameter(
                name="position",
                type=Annotated[int, Meta(ge=0)],
                example=0,
                says=Sentence(
                    "Como estavam nesta posição do feed.", "As they stood at this position of the feed."
                ),
            ),
        ),
        answers=(
            answered_in_json(
                SealView,
                Sentence("As pontas.", "The heads."),
                example={
                    "position": 4211,
                    "chains": 1,
                    "digest": examples.DIGEST,
                    "items": [{"member": examples.MEMBER, "length": 57, "head": examples.DIGEST}],
                },
            ),
        ),
        problems=(InvalidParameter, *READ_PROBLEMS),
    ),
    Operation(
        id="getLedger",
        method="GET",
        path="/v1/ledger/{member}",
        tag="ledger",
        summary=Sentence("A cadeia de um membro", "A member's chain"),
        says=Sentence(
            "O comprimento da cadeia e o resumo da última entrada.",
            "How long the chain is, and the digest of its last entry.",
        ),
        parameters=(THE_MEMBER,),
        answers=(
            answered_in_json(
                LedgerView,
                Sentence("A cadeia.", "The chain."),
                example={"member": examples.MEMBER, "length": 57, "head": examples.DIGEST},
            ),
        ),
        problems=(NotFound, *READ_PROBLEMS),
    ),
    Operation(
        id="verifyLedger",
        method="GET",
        path="/v1/ledger/{member}/verify",
        tag="ledger",
        summary=Sentence("Conferir a cadeia", "Verify the chain"),
        says=Sentence(
            "Recalcula a cadeia desde a primeira entrada. Responde sempre 200; `intact` diz se ela confere.",
            "Recomputes the chain from its first entry. Always answers 200; `intact` says whether it holds.",
        ),
        parameters=(THE_MEMBER,),
        answers=(
            answered_in_json(
                VerificationView,
                Sentence("O que se encontrou.", "What was found."),
                example={
                    "member": examples.MEMBER,
                    "length": 57,
                    "head": examples.DIGEST,
                    "erased": 0,
                    "intact": True,
                    "broken_at": None,
                },
            ),
        ),
        problems=(NotFound, *READ_PROBLEMS),
    ),
)
