"""What a person needs to know who finds a file a year later."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from services.registry.http.tables.table import Table
from services.registry.papers.licence import LICENCE
from shared.notices.dates import write_instant
from shared.notices.sentences import Sentence

Line = tuple[str, str, str]
"""A name, and what is to be said under it in Portuguese and in English."""

_EMPTY: Final = "—"
_CELLS: Final = Sentence(
    "Um mês ou um ano só (2014-03, 1996) é texto: não se sabe mais que isso. Horários em America/Sao_Paulo. "
    "Vazio: não informado, ou apagado.",
    "A month or a year alone (2014-03, 1996) is text: no more is known. Times of day in America/Sao_Paulo. "
    "Empty: not told, or erased.",
)


class Making(msgspec.Struct, frozen=True):
    """How a file came about."""

    as_of: date
    known_at: str | None
    filters: Mapping[str, str]
    source: str
    role: str
    rows: int
    begun: datetime
    ended: datetime
    definition: str | Sentence | None
    total: Mapping[str, Any]


def about(table: Table, made: Making) -> tuple[Line, ...]:
    """The lines of the sheet about a file."""
    begun, ended = write_instant(made.begun), write_instant(made.ended)
    definition = made.definition or table.definition
    if isinstance(definition, str):
        definition = Sentence(definition, "")
    filters = "\n".join(f"{name} = {value}" for name, value in made.filters.items()) or _EMPTY
    return (
        (table.title, "Acordos de Minas", ""),
        ("as_of", made.as_of.isoformat(), "Dia a que se refere a situação · The day of the states"),
        ("known_at", made.known_at or begun, "O que o registro sabia então · What the registry knew then"),
        ("filters", filters, "Filtros do pedido · Filters of the request"),
        ("source", made.source, "Endereço de onde veio · The address it came from"),
        ("seen_by", made.role, "Perfil de quem pediu: há o que só alguns veem · The role that asked"),
        *((("licence", LICENCE.name, LICENCE.url),) if made.role == "anonymous" else ()),
        ("rows", str(made.rows), "Linhas neste arquivo · Rows in this file"),
        *(
            (f"total {name}", str(value), "Cada acordo uma só vez · Each agreement once")
            for name, value in made.total.items()
        ),
        ("made", f"{begun}\n{ended}", "Início e fim da geração (UTC) · Begun and ended (UTC)"),
        ("definition", definition.pt, definition.en),
        ("cells", _CELLS.pt, _CELLS.en),
        ("", "", ""),
        *((column.name, column.about.pt, column.about.en) for column in table.columns),
    )
