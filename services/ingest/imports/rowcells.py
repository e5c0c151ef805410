"""The cells of one row by what they tell, with somebody's answers in their place. Pure."""

from collections.abc import Mapping, Sequence

from services.ingest.imports.cells import is_blank
from services.ingest.imports.fields import FIELDS
from services.ingest.imports.findings import Doubt, RowError, first_of
from services.ingest.imports.headers import Layout
from services.ingest.imports.words import plain, tidy
from shared.notices.sentences import Sentence
from shared.notices.sheetrows import protocol_in


class Cells:
    """One row. An answer is given under the title of a column, its letter, or the name of a field."""

    def __init__(self, layout: Layout, at: int, choices: Mapping[str, str]) -> None:
        self.layout = layout
        self._row = layout.sheet.rows[at]
        self._told: dict[str, list[str]] = {}
        self._chosen: dict[str, str] = {}
        for name, value in choices.items():
            if (field := field_named(layout, name)) is not None:
                self._chosen[field] = value
                self._take(field, value)
        for column in layout.columns:
            field = column.field
            if field is not None and column.at < len(self._row) and field not in self._chosen:
                self._take(field, self._row[column.at])

    def _take(self, field: str, cell: str) -> None:
        if cell and not is_blank(told := tidy(cell)):
            self._told.setdefault(field, []).append(told)

    def is_chosen(self, field: str) -> bool:
        """Whether somebody answered for *field*."""
        return field in self._chosen

    def raw(self, field: str) -> str:
        """What stands there, as it stands, or was answered."""
        if field in self._chosen:
            return self._chosen[field]
        cells = (
            self._row[each.at]
            for each in self.layout.columns
            if each.field == field and each.at < len(self._row)
        )
        return " ; ".join(cell.strip() for cell in cells if cell.strip())

    def text(self, field: str) -> str:
        """The first cell of *field* that says something, tidied; "" without."""
        told = self._told.get(field)
        return told[0] if told else ""

    def joined(self, field: str) -> str:
        """All cells of *field* that say something, with ``;`` between."""
        told = self._told.get(field)
        return "; ".join(told) if told else ""

    def title(self, field: str) -> str:
        """The title of the column of *field*."""
        return self.layout.title_of(field)

    def protocol(self) -> str | None:
        """The protocol that an earlier report wrote into the row."""
        return protocol_in(self.text("protocol"))


class Notes:
    """What a row leaves open, what is wrong with it, and what of it is left out."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.doubts: dict[str, Doubt] = {}
        self.errors: list[RowError] = []
        self.left_out: list[str] = []

    def doubt(self, field: str, detail: Sentence, candidates: Sequence[str]) -> None:
        """Ask what the cells of *field* mean; the first question about a column stands."""
        title = self._cells.title(field)
        told = Doubt(title, self._cells.raw(field), first_of(candidates), detail)
        self.doubts.setdefault(title, told)

    def error(self, field: str, code: str, detail: Sentence) -> None:
        """Say what is wrong with the cells of *field*."""
        self.errors.append(RowError(self._cells.title(field), code, detail))

    def leave_out(self, field: str) -> None:
        """Say that the cells of *field* hold something that cannot be told."""
        self.left_out.append(self._cells.title(field))


def field_named(layout: Layout, name: str) -> str | None:
    """The field that the column called *name* tells, or that is called so itself; None for neither."""
    for column in layout.columns:
        if column.title == name or (column.field is not None and plain(column.title) == plain(name)):
            return column.field
    return name if name in FIELDS else None
