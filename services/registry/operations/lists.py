"""What all lists have in common: pages, files, and the parameters that ask for them."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from services.registry.http.files import CSV, XLSX
from services.registry.http.paging import MOST_ITEMS, USUAL_ITEMS
from services.registry.shapes import Page
from shared.notices.sentences import Sentence
from shared.operations import JSON, READ_PROBLEMS, Answer, Content, Header, Parameter, examples, refined
from shared.problems import InvalidParameter, Problem, TooManyRequests

FORMAT: Final = Parameter(
    name="format",
    type=Literal["json", "csv", "xlsx"],
    says=Sentence(
        "A forma da resposta, para quem abre o endereço no navegador; vale mais que `Accept`.",
        "The form of the answer, for who opens the address in a browser; it goes before `Accept`.",
    ),
)
PAGING: Final = (
    Parameter(
        name="limit",
        type=Annotated[int, Meta(ge=1, le=MOST_ITEMS)],
        usual=USUAL_ITEMS,
        example=20,
        says=Sentence(
            "Quantos itens por página, no máximo; um arquivo sem `limit` traz todos.",
            "How many items a page has, at most; a file without `limit` holds all.",
        ),
    ),
    Parameter(
        name="cursor",
        says=Sentence(
            "O `next` da página anterior, sem mudar os filtros.",
            "The `next` of the page before, with the same filters.",
        ),
    ),
    FORMAT,
)
LIST_PROBLEMS: Final[tuple[type[Problem], ...]] = (InvalidParameter, TooManyRequests, *READ_PROBLEMS)
_ATTACHED: Final = Header(
    name="Content-Disposition",
    says=Sentence("O nome do arquivo, quando é um arquivo.", "The file's name, if it is a file."),
)
_AS_FILE: Final = Sentence(
    "Com `Accept: text/csv` ou o tipo do XLSX, a lista inteira como arquivo, segura para abrir numa "
    "planilha.",
    "With `Accept: text/csv` or XLSX's type the whole list as a file, safe to open in a spreadsheet.",
)


def page_of(
    item: type[msgspec.Struct],
    name: str,
    says: Sentence,
    example: Any,
    *,
    page: type[msgspec.Struct] = Page,
    **more: Any,
) -> Answer:
    """A page of *item*, which the document calls *name*; *more*: what this page's example has beside."""
    shown = {"items": [example], "next": None, "as_of": examples.TODAY, **more}
    return listed(refined(page, name, items=list[item]), says, shown)  # type: ignore[valid-type]


def listed(type_: type[msgspec.Struct], says: Sentence, example: Any) -> Answer:
    """A list of any form, or the same as a file."""
    return Answer(
        says=Sentence(f"{says.pt} {_AS_FILE.pt}", f"{says.en} {_AS_FILE.en}"),
        content={
            JSON: Content(type=type_, examples={"page": example}),
            CSV: Content(schema={"type": "string"}),
            XLSX: Content(schema={}),
        },
        headers=(_ATTACHED,),
    )
