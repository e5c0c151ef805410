"""What all lists have in common: pages, and the parameters that ask for them."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from services.registry.http.paging import MOST_ITEMS, USUAL_ITEMS
from services.registry.shapes import Page
from shared.notices.sentences import Sentence
from shared.operations import JSON, READ_PROBLEMS, Answer, Content, Parameter, examples, refined
from shared.problems import InvalidParameter, Problem

PAGING: Final = (
    Parameter(
        name="limit",
        type=Annotated[int, Meta(ge=1, le=MOST_ITEMS)],
        usual=USUAL_ITEMS,
        example=20,
        says=Sentence("Quantos itens por página, no máximo.", "How many items a page has, at most."),
    ),
    Parameter(
        name="cursor",
        says=Sentence(
            "O `next` da página anterior, sem mudar os filtros.",
            "The `next` of the page before, with the same filters.",
        ),
    ),
)
LIST_PROBLEMS: Final[tuple[type[Problem], ...]] = (InvalidParameter, *READ_PROBLEMS)


def page_of(item: type[msgspec.Struct], name: str, says: Sentence, example: Any) -> Answer:
    """A page of *item*, which the document calls *name*."""
    page = {"items": [example], "next": None, "as_of": examples.TODAY}
    content = Content(type=refined(Page, name, items=list[item]), examples={"page": page})  # type: ignore[valid-type]
    return Answer(says=says, content={JSON: content})
