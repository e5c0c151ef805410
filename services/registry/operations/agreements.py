"""The operations about agreements."""

from typing import Any, Final, get_type_hints

import msgspec
from msgspec import UNSET

from services.registry.operations.filters import FILTERS, MOMENTS, AgreementId
from services.registry.operations.lists import LIST_PROBLEMS, PAGING, page_of
from services.registry.shapes import AgreementPage, AgreementView, VersionView
from shared.notices.families.agreement import AgreementData
from shared.notices.sentences import Sentence
from shared.operations import READ_PROBLEMS, Operation, Parameter, Tag, answered_in_json, examples, refined
from shared.problems import InvalidParameter, NotFound

_HINTS: Final = get_type_hints(AgreementData, include_extras=True)
KnownData = msgspec.defstruct(
    "AgreementData",
    [(field, _HINTS[field] | None, UNSET) for field in AgreementData.__struct_fields__],
    namespace={"__doc__": "An agreement's data on a day, as known: what was erased reads null."},
    module=__name__,
)
Agreement = refined(AgreementView, "Agreement", id=AgreementId, data=KnownData)
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
    "member_name": "Belo Horizonte",
    "completeness": {"score": 62, "missing": ["documents", "objectives"]},
    "confirmed_on": None,
    "successor": None,
    "parent": None,
    "children": [],
    "questions": None,
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
        parameters=(*FILTERS, *MOMENTS, *PAGING),
        answers=(
            page_of(
                Agreement,
                "AgreementPage",
                Sentence("Uma página de acordos.", "A page of agreements."),
                EXAMPLE,
                page=AgreementPage,
                known_at="2026-11-21T14:03:07Z",
                corrected=[],
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
            "O acordo num dia, como conhecido então, com o que nele se contradiz e o que foi apagado.",
            "The agreement on a day, as known then, with what in it contradicts itself and what was erased.",
        ),
        sees=SEES,
        parameters=(THE_AGREEMENT, *MOMENTS),
        answers=(answered_in_json(Agreement, Sentence("O acordo.", "The agreement."), example=EXAMPLE),),
        problems=(InvalidParameter, NotFound, *READ_PROBLEMS),
    ),
    Operation(
        id="listVersions",
        method="GET",
        path="/v1/agreements/{agreement}/history",
        tag="agreements",
        summary=Sentence("A história de um acordo", "An agreement's history"),
        says=Sentence(
            "Cada versão em ordem de chegada: por qual aviso, e o que mudou, campo a campo, visto do dia "
            "perguntado.",
            "Every version in order of arrival: by which notice, and what changed, field by field, seen "
            "from the day "
            "asked for.",
        ),
        sees=SEES,
        parameters=(THE_AGREEMENT, *MOMENTS, *PAGING),
        answers=(
            page_of(
                VersionView,
                "VersionPage",
                Sentence("Uma página de versões.", "A page of versions."),
                {
                    "version": 4211,
                    "known_from": examples.REGISTERED_AT,
                    "notice": examples.PROTOCOL,
                    "type": examples.TYPE,
                    "changes": [
                        {"field": "state", "before": None, "after": "signed"},
                        {"field": "title", "before": None, "after": examples.SIGNED_DATA["title"]},
                    ],
                },
            ),
        ),
        problems=(NotFound, *LIST_PROBLEMS),
    ),
)
