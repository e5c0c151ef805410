"""The operation that counts."""

from typing import Any, Final, Literal

from services.registry.http.statistics import DEFINITION
from services.registry.operations.filters import MOMENTS, WHOSE
from services.registry.operations.lists import LIST_PROBLEMS, PAGING, listed
from services.registry.shapes import By, StatisticsPage
from shared.data import MemberKind
from shared.notices.sentences import Sentence
from shared.operations import Operation, Parameter, Tag, examples

_FIGURES: Final = {"signed": 12, "in_force": 9, "negotiating": 2, "unilateral": 1, "expiring_90_days": 1}
_EXAMPLE: Final[dict[str, Any]] = {
    "items": [{"key": "PT", "name": "Portugal", **_FIGURES}],
    "next": None,
    "as_of": examples.TODAY,
    "known_at": "2026-11-21T14:03:07Z",
    "by": "country",
    "kind": "municipality",
    "total": {**_FIGURES, "signed": 31},
    "definition": DEFINITION.pt,
}

TAGS: Final = (
    Tag(
        name="statistics",
        title=Sentence("Números", "Numbers"),
        says=Sentence("Contagens, com o que elas contam.", "Counts, with what they count."),
    ),
)

OPERATIONS: Final = (
    Operation(
        id="listStatistics",
        method="GET",
        path="/v1/statistics",
        tag="statistics",
        summary=Sentence("Contar acordos", "Count agreements"),
        says=DEFINITION,
        sees=Sentence(
            "Uma contagem cobre o que quem pergunta pode ver.", "A count covers what the asker may see."
        ),
        parameters=(
            Parameter(
                name="by",
                type=By,
                required=True,
                example="country",
                says=Sentence("Por que contar.", "What to count by."),
            ),
            Parameter(
                name="kind",
                type=MemberKind | Literal["all"],
                usual="municipality",
                example="all",
                says=Sentence("De quem são os acordos que contam.", "Whose agreements are counted."),
            ),
            Parameter(
                name="amounts",
                type=bool,
                usual=False,
                example=True,
                says=Sentence("Somar também os valores, por moeda.", "Add up the amounts, too, by currency."),
            ),
            *(each for each in WHOSE if each.name != "kind"),
            *MOMENTS,
            *PAGING,
        ),
        answers=(
            listed(StatisticsPage, Sentence("Uma página de contagens.", "A page of counts."), _EXAMPLE),
        ),
        problems=LIST_PROBLEMS,
    ),
)
