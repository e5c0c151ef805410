"""Writes one XLSX file, in a process of its own: `python -m services.registry.papers.workbook DIRECTORY`.

What it writes comes in on standard input. An input that ends before its last frame leaves nothing behind, and
the process ends with status 1. The file is DIRECTORY/out.xlsx; memory does not grow with the rows.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.registry.papers.sheet import LENGTH, OUT, Closing, Sheet, SheetColumn

MOST_ROWS: Final = 1_048_575
"""Of one sheet, beside its header: the format has no more. What is left goes on in another sheet."""

_LONGEST_TEXT: Final = 32_767
_EXACT_DIGITS: Final = 15
_EARLIEST_DAY: Final = "1900-03-01"
"""The format counts a 29 February 1900 that never was, and no day before that year."""
_DAY_LENGTH: Final = 10
_TIMEZONE: Final = ZoneInfo("America/Sao_Paulo")
_NO_XML: Final = re.compile("[\ufffe\uffff\ud800-\udfff]")
_STARTS: Final = ("=", "+", "-", "@")
_NICENESS: Final = 10
_ROW_POINTS: Final = 16
_A4: Final = 9
_GREEN: Final = "#14532d"
_ABOUT: Final = "Sobre"
_ABOUT_WIDTHS: Final = (26, 62, 62)


Row = Sequence[Any]


class Writer:
    """One workbook. Rows go in one after the other; a full sheet is followed by another."""

    def __init__(self, directory: Path, sheet: Sheet, *, most_rows: int = MOST_ROWS) -> None:
        self._book = Workbook(
            str(directory / OUT),
            {
                "constant_memory": True,
                "tmpdir": str(directory),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.use_zip64()
        self._sheet = sheet
        self._most_rows = most_rows
        self._header = self._book.add_format(
            {"bold": True, "font_color": "#ffffff", "bg_color": _GREEN, "valign": "vcenter"}
        )
        self._bold = self._book.add_format({"bold": True, "valign": "top"})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        # Wrapped in a row of fixed height, a long text ends with its cell; its first line is read.
        self._texts = {
            (is_long, is_quoted): self._book.add_format(
                {"valign": "top", "text_wrap": is_long, "quote_prefix": is_quoted}
            )
            for is_long in (False, True)
            for is_quoted in (False, True)
        }
        self._flag = self._book.add_format({"align": "left", "valign": "top"})
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"})
        self._instant = self._book.add_format(
            {"num_format": "dd/mm/yyyy hh:mm:ss", "align": "left", "valign": "top"}
        )
        self._number = self._book.add_format({"align": "right", "indent": 1, "valign": "top"})
        self._sheets = 0
        self._rows_here = 0
        self.rows = 0
        self._page = self._next_sheet()

    def write(self, rows: Sequence[Row]) -> None:
        """Append *rows*."""
        for row in rows:
            if self._rows_here == self._most_rows:
                self._finish_sheet()
                self._page = self._next_sheet()
            self._rows_here += 1
            self.rows += 1
            self._page.set_row(self._rows_here, _ROW_POINTS)
            # The row before is in the file by now: what the library keeps of each would grow with them.
            self._page.row_info.pop(self._rows_here - 2, None)
            self._page.row_sizes.pop(self._rows_here - 2, None)
            for place, (column, value) in enumerate(zip(self._sheet.columns, row, strict=True)):
                if value is not None:
                    self._write(self._page, self._rows_here, place, column, value)

    def close(self, closing: Closing) -> None:
        """Add the sheet about the file, and put the file together."""
        self._finish_sheet()
        page = self._book.add_worksheet(_ABOUT)
        page.hide_gridlines(2)
        self._for_paper(page)
        page.fit_to_pages(1, 0)
        for place, width in enumerate(_ABOUT_WIDTHS):
            page.set_column(place, place, width)
        for number, line in enumerate(closing.about):
            page.set_row(number, _ROW_POINTS * _lines(line))
            for place, text in enumerate(line):
                self._text(page, number, place, text, self._wrapped if place else self._bold)
        self._book.close()

    def _next_sheet(self) -> Worksheet:
        self._sheets += 1
        self._rows_here = 0
        title = self._sheet.title if self._sheets == 1 else f"{self._sheet.title} {self._sheets}"
        page = self._book.add_worksheet(title)
        page.freeze_panes(1, 0)
        self._for_paper(page)
        page.repeat_rows(0)
        page.set_row(0, 20)
        for place, column in enumerate(self._sheet.columns):
            # Room for the arrow of the filter beside the name.
            page.set_column(place, place, max(column.width, len(column.name) + 4))
            page.write_string(0, place, column.name, self._header)
        return page

    @staticmethod
    def _for_paper(page: Worksheet) -> None:
        page.set_paper(_A4)
        page.set_landscape()
        page.set_footer("&L&A&R&P / &N")

    def _finish_sheet(self) -> None:
        self._page.autofilter(0, 0, self._rows_here, len(self._sheet.columns) - 1)

    def _write(self, page: Worksheet, row: int, place: int, column: SheetColumn, value: Any) -> None:
        match column.kind, value:
            case _, bool():
                page.write_boolean(row, place, value, self._flag)
            case _, int() | float() if abs(value) < 10**_EXACT_DIGITS:
                page.write_number(row, place, value, self._number)
            case "number", str() if (number := _exact(value)) is not None:
                page.write_number(row, place, number, self._number)
            case "day", str() if len(value) == _DAY_LENGTH and value >= _EARLIEST_DAY:
                page.write_datetime(row, place, date.fromisoformat(value), self._day)
            case "instant", str() if value >= _EARLIEST_DAY:
                local = datetime.fromisoformat(value).astimezone(_TIMEZONE).replace(tzinfo=None)
                page.write_datetime(row, place, local, self._instant)
            case _:
                text = str(value)
                is_long = "\n" in text or len(text) > column.width * (1 if " " in text else 2)
                self._text(page, row, place, text, self._texts[is_long, text.startswith(_STARTS)])

    def _text(self, page: Worksheet, row: int, place: int, text: str, form: Format) -> None:
        """A text as a text, whatever it looks like; too long a one is cut, what no XML can hold is marked."""
        told = _NO_XML.sub("\ufffd", text)
        if len(told.encode("utf-16-le")) // 2 > _LONGEST_TEXT:
            told = told.encode("utf-16-le")[: 2 * (_LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
        page.write_string(row, place, told, form)


def _lines(texts: Sequence[str]) -> int:
    """How many lines the longest of *texts* takes in the sheet about the file."""
    return max(
        sum(len(part) // width + 1 for part in text.split("\n"))
        for text, width in zip(texts, _ABOUT_WIDTHS, strict=True)
    )


def _exact(text: str) -> float | None:
    """The number that *text* is, if a spreadsheet can hold it exactly."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return float(number) if number.is_finite() and len(number.as_tuple().digits) <= _EXACT_DIGITS else None


def write_file(directory: Path, frames: Iterator[bytes]) -> None:
    """Write DIRECTORY/out.xlsx from *frames*; EOFError when they end before the last one."""
    header = next(frames, None)
    if header is None:
        raise EOFError
    writer = Writer(directory, msgspec.json.decode(header, type=Sheet))
    for frame in frames:
        told = msgspec.json.decode(frame)
        if isinstance(told, dict):
            writer.close(msgspec.convert(told, Closing))
            return
        writer.write(told)
    raise EOFError


def frames_of(source: IO[bytes]) -> Iterator[bytes]:
    """The frames of a pipe, up to its end."""
    while len(prefix := source.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(prefix)
        body = source.read(length)
        if len(body) < length:
            return
        yield body


def main(directory: Path) -> int:
    """Write the file; 1 when whoever asked for it has gone, and then the directory goes too."""
    os.nice(_NICENESS)  # whoever waits for a file waits behind whoever waits for a page
    try:
        write_file(directory, frames_of(sys.stdin.buffer))
    except EOFError:
        shutil.rmtree(directory, ignore_errors=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
