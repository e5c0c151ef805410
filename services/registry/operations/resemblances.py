"""The operations about what agreements have in common."""

from typing import Annotated, Any, Final

from msgspec import Meta

from services.registry.operations.agreements import SEES, THE_AGREEMENT
from services.registry.operations.lists import LIST_PROBLEMS, PAGING, page_of
from services.registry.shapes import ResemblancesView, SharingPage, SharingView, TextPage, TextView
from shared.notices.sentences import Sentence
from shared.operations import READ_PROBLEMS, Operation, Parameter, answered_in_json, examples
from shared.problems import InvalidParameter, NotFound

_SIMILAR: Final[dict[str, Any]] = {
    "id": examples.AGREEMENT,
    "member": examples.MEMBER,
    "member_name": "Belo Horizonte",
    "subject": examples.SUBJECT,
    "title": examples.SIGNED_DATA["title"],
    "state": "signed",
}
_SHARING: Final = {"agreement": _SIMILAR, "share": 96}
_THE_TEXT: Final = Parameter(
    name="text",
    place="path",
    type=Annotated[int, Meta(ge=1, lt=10**18)],
    required=True,
    example=17,
    says=Sentence("O número do texto.", "The text's number."),
)

OPERATIONS: Final = (
    Operation(
        id="getSimilar",
        method="GET",
        path="/v1/agreements/{agreement}/similar",
        tag="agreements",
        summary=Sentence("O que tem em comum com outros", "What it has in common with others"),
        says=Sentence(
            "Possíveis duplicatas, outros com o mesmo texto, e quem mais trata com o parceiro, ou com o "
            "país sobre o "
            "tema.",
            "Possible duplicates, others with the same text, and who else deals with the partner, or with "
            "the country "
            "on the theme.",
        ),
        sees=SEES,
        parameters=(THE_AGREEMENT,),
        answers=(
            answered_in_json(
                ResemblancesView,
                Sentence("O que há em comum.", "What there is in common."),
                example={
                    "id": examples.AGREEMENT,
                    "duplicates": [],
                    "same_text": None,
                    "siblings": {"partner": [_SIMILAR], "country_theme": []},
                    "as_of": examples.TODAY,
                },
            ),
        ),
        problems=(InvalidParameter, NotFound, *READ_PROBLEMS),
    ),
    Operation(
        id="listTexts",
        method="GET",
        path="/v1/texts",
        tag="agreements",
        summary=Sentence("Textos que se repetem", "Texts that repeat"),
        says=Sentence(
            "Objetos quase iguais em dois ou mais acordos, o mais usado primeiro. Pode ser um modelo; "
            "ninguém é acusado.",
            "Objects that are nearly the same in two or more agreements, the most used first. It may be a "
            "template; "
            "nobody is accused.",
        ),
        sees=SEES,
        parameters=PAGING,
        answers=(
            page_of(
                TextView,
                "TextPage",
                Sentence("Uma página de textos.", "A page of texts."),
                {
                    "id": 17,
                    "size": 2,
                    "share": 96,
                    "text": examples.SIGNED_DATA["object"],
                    "agreement": _SIMILAR,
                    "links": {"agreements": f"{examples.ORIGIN}/v1/texts/17"},
                },
                page=TextPage,
            ),
        ),
        problems=LIST_PROBLEMS,
    ),
    Operation(
        id="listSharing",
        method="GET",
        path="/v1/texts/{text}",
        tag="agreements",
        summary=Sentence("Quem usa um texto", "Who uses a text"),
        says=Sentence(
            "Os acordos com o texto, e quanto dele cada um tem.",
            "The agreements with the text, and how much of it each has.",
        ),
        sees=SEES,
        parameters=(_THE_TEXT, *PAGING),
        answers=(
            page_of(
                SharingView,
                "SharingPage",
                Sentence("Uma página de acordos.", "A page of agreements."),
                _SHARING,
                page=SharingPage,
            ),
        ),
        problems=(NotFound, *LIST_PROBLEMS),
    ),
)
