"""The sheet as it came, with three more columns that say what became of each row. Pure."""

import csv
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from services.ingest.imports.headers import Layout
from services.ingest.imports.jobs import ReportRow
from services.ingest.imports.words import plain
from shared.formulas import looks_like_formula, safe

ADDED: Final = ("protocolo", "situacao_envio", "observacao")
_CHUNK_BYTES: Final = 1024 * 1024
_MOST_CELL: Final = 32_767
_WIDTH: Final = 18
_WIDTHS: Final = (20, 26, 80)
"""Of ADDED."""


class Report(Protocol):
    """A report under way: rows are written in the order of the sheet."""

    def write(self, at: int, told: ReportRow | None) -> None:
        """Write the row at place *at*; None for one that holds no data."""

    def taken(self) -> bytes:
        """What is ready to be sent so far."""

    def finish(self, send: Callable[[bytes], None]) -> None:
        """Write what is left."""


class _Places(NamedTuple):
    """Where the three columns go: where an earlier report has them, else behind the last one."""

    at: tuple[int, int, int]
    width: int

    @classmethod
    def of(cls, layout: Layout) -> "_Places":
        header = layout.sheet.rows[layout.first - 1]
        titles = [plain(cell) for cell in header]
        wanted = [plain(name) for name in ADDED]
        width = max(len(row) for row in layout.sheet.rows)
        if all(name in titles for name in wanted[:2]):
            found = [
                len(titles) - 1 - titles[::-1].index(name) if name in titles else width for name in wanted
            ]
            return cls((found[0], found[1], found[2]), max(width, *(place + 1 for place in found)))
        return cls((width, width + 1, width + 2), width + 3)


def cells_of(layout: Layout, at: int, told: ReportRow | None, places: "_Places | None" = None) -> list[str]:
    """The cells of one row of the report."""
    where = places or _Places.of(layout)
    cells = [*layout.sheet.rows[at], *[""] * (where.width - len(layout.sheet.rows[at]))]
    added: Sequence[str] | None = ADDED if at == layout.first - 1 else told
    if added is not None:
        for place, name, value in zip(where.at, ADDED, added, strict=True):
            if value or name != ADDED[0]:  # a protocol of an earlier report is kept
                cells[place] = value
    return cells


class CsvReport:
    """Semicolons, UTF-8 with a mark: as a spreadsheet in Portuguese opens it."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._places = _Places.of(layout)
        self._text = io.StringIO()
        self._text.write("\ufeff")
        self._writer = csv.writer(self._text, delimiter=";", lineterminator="\r\n")

    def write(self, at: int, told: ReportRow | None) -> None:
        """Write the row at place *at*."""
        self._writer.writerow([safe(cell) for cell in cells_of(self._layout, at, told, self._places)])

    def taken(self) -> bytes:
        """What is ready so far."""
        ready = self._text.getvalue().encode("utf-8", "replace")
        self._text.seek(0)
        self._text.truncate()
        return ready

    def finish(self, send: Callable[[bytes], None]) -> None:
        """Write what is left."""
        send(self.taken())


class XlsxReport:
    """A workbook, written row by row to a temporary file; every cell is text."""

    def __init__(self, layout: Layout) -> None:
        import xlsxwriter  # noqa: PLC0415 - only who asks for a workbook pays for it

        self._layout = layout
        self._places = _Places.of(layout)
        self._file = Path(tempfile.gettempdir()) / "report.xlsx"  # a folder that is the worker's alone
        options = {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False, "tmpdir": str(self._file.parent),
        }  # fmt: skip
        self._book = xlsxwriter.Workbook(str(self._file), options)
        self._sheet = self._book.add_worksheet("acordos")
        self._text = self._book.add_format({"quote_prefix": True})
        self._sheet.freeze_panes(layout.first, 0)
        self._sheet.set_column(0, self._places.width - 1, _WIDTH)
        for place, width in zip(self._places.at, _WIDTHS, strict=True):
            self._sheet.set_column(place, place, width)

    def write(self, at: int, told: ReportRow | None) -> None:
        """Write the row at place *at*."""
        for column, cell in enumerate(cells_of(self._layout, at, told, self._places)):
            if cell:
                quoted = self._text if looks_like_formula(cell) else None
                self._sheet.write_string(at, column, cell[:_MOST_CELL], quoted)

    def taken(self) -> bytes:
        """What is ready so far."""
        return b""

    def finish(self, send: Callable[[bytes], None]) -> None:
        """Write what is left."""
        self._book.close()
        with self._file.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                send(chunk)
