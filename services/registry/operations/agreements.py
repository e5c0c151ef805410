"""The operations about agreements."""

from typing import Annotated, Any, Final, get_type_hints

import msgspec
from msgspec import UNSET, Meta

from services.registry.operations.lists import LIST_PROBLEMS, PAGING, page_of
from services.registry.shapes import AgreementView
from shared.notices.codelists import Country, State, Visibility
from shared.notices.families.agreement import AgreementData
from shared.notices.sentences import Sentence
from shared.notices.texts import MemberId
from shared.operations import (
    READ_PROBLEMS,
    Operation,
    Parameter,
    Tag,
    answered_in_json,
    examples,
    refined,
)
from shared.problems import NotFound

AgreementId = Annotated[str, Meta(pattern="^AG-[0-9A-HJKMNP-TV-Z]{13}$", examples=[examples.AGREEMENT])]
Words = Annotated[str, Meta(min_length=1, max_length=200)]
_HINTS: Final = get_type_hints(AgreementData, include_extras=True)
KnownData = msgspec.defstruct(
    "AgreementData",
    [(field, _HINTS[field] | None, UNSET) for field in AgreementData.__struct_fields__],
    namespace={"__doc__": "An agreement's data on a day, as known: what was erased reads null."},
    module=__name__,
)
Agreement = refined(
    AgreementView, "Agreement", id=AgreementId, data=KnownData, state=State, visibility=Visibility
)
SEES: Final = Sentence(
    "Sem chave: o que é público. Membro: também o da rede, e tudo que é seu. Gabinete e coordenação: tudo. "
    "O que não se pode ver não está lá (404).",
    "Without a key: what is public. Member: what is the network's too, and all of its own. Office and "
    "coordination: all. What may not be seen is not there (404).",
)
THE_AGREEMENT: Final = Parameter(
    name="agreement",
    place="path",
    type=AgreementId,
    required=True,
    example=examples.AGREEMENT,
    says=Sentence("O identificador público do acordo.", "The agreement's public id."),
)
EXAMPLE: Final[dict[str, Any]] = {
    "id": examples.AGREEMENT,
    "member": examples.MEMBER,
    "subject": examples.SUBJECT,
    "state": "signed",
    "data": examples.SIGNED_DATA,
    "visibility": "public",
    "contradictions": [],
    "erased": [],
    "as_of": examples.TODAY,
    "known_at": "2026-11-21T14:03:07Z",
    "record": {
        "version": 4211,
        "received_at": examples.RECEIVED_AT,
        "registered_at": examples.REGISTERED_AT,
        "remarks": None,
    },
    "links": {
        "self": f"{examples.ORIGIN}/v1/agreements/{examples.AGREEMENT}",
        "member": f"{examples.ORIGIN}/v1/members/{examples.MEMBER}",
    },
}

TAGS: Final = (
    Tag(
        name="agreements",
        title=Sentence("Acordos", "Agreements"),
        says=Sentence(
            "Os acordos como são num dia, dobrados dos avisos que os contam.",
            "The agreements as they are on a day, folded from the notices that tell of them.",
        ),
    ),
)

OPERATIONS: Final = (
    Operation(
        id="listAgreements",
        method="GET",
        path="/v1/agreements",
        tag="agreements",
        summary=Sentence("Buscar acordos", "Find agreements"),
        says=Sentence(
            "Os acordos que satisfazem todos os filtros, o conhecido por último primeiro.",
            "The agreements that meet all filters, the last known first.",
        ),
        sees=SEES,
        parameters=(
            Parameter(
                name="member",
                type=MemberId,
                example=examples.MEMBER,
                says=Sentence("De quem é o acordo.", "Whose agreement it is."),
            ),
            Parameter(
                name="subject",
                type=Words,
                example=examples.SUBJECT,
                says=Sentence("A referência que o membro lhe dá.", "The reference that the member gives it."),
            ),
            Parameter(
                name="country",
                type=Country,
                example="PT",
                says=Sentence("País de um parceiro (ISO 3166-1).", "A partner's country (ISO 3166-1)."),
            ),
            Parameter(
                name="state",
                type=State,
                example="signed",
                says=Sentence("Situação (lista `states`).", "State (code list `states`)."),
            ),
            *PAGING,
        ),
        answers=(
            page_of(
                Agreement,
                "AgreementPage",
                Sentence("Uma página de acordos.", "A page of agreements."),
                EXAMPLE,
            ),
        ),
        problems=LIST_PROBLEMS,
    ),
    Operation(
        id="getAgreement",
        method="GET",
        path="/v1/agreements/{agreement}",
        tag="agreements",
        summary=Sentence("Um acordo", "One agreement"),
        says=Sentence(
            "O acordo hoje, com o que nele se contradiz e o que foi apagado.",
            "The agreement today, with what in it contradicts itself and what was erased.",
        ),
        sees=SEES,
        parameters=(THE_AGREEMENT,),
        answers=(answered_in_json(Agreement, Sentence("O acordo.", "The agreement."), example=EXAMPLE),),
        problems=(NotFound, *READ_PROBLEMS),
    ),
)
