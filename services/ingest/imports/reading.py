"""Bytes into sheets of text: CSV in whatever way it was saved, and workbooks. Pure, and bounded.

What is in a file decides, not what its name or its media type say.
"""

import csv
import io
import itertools
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Final, NamedTuple

import python_calamine as calamine

from services.ingest.imports.findings import Unusable
from services.ingest.imports.wording import (
    ANOTHER_KIND,
    EMPTY,
    NOT_A_SHEET,
    PROTECTED,
    TOO_LARGE_INSIDE,
    TOO_MANY_ROWS,
    TOO_WIDE,
)
from shared.notices.sentences import Sentence

MOST_ROWS: Final = 50_000
MOST_LINES_ABOVE: Final = 100
"""Titles, notes and blank lines around the rows."""
MOST_COLUMNS: Final = 200
LARGEST_CELL: Final = 40_000
MOST_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MOST_SHEETS: Final = 30
_MOST_AREA: Final = (MOST_ROWS + MOST_LINES_ABOVE) * MOST_COLUMNS
_SAMPLE_RECORDS: Final = 60
_DELIMITERS: Final = (";", ",", "\t", "|")
_PORTUGUESE: Final = frozenset("áàâãéêíóôõúçÁÀÂÃÉÊÍÓÔÕÚÇüÜñÑºª°–—“”‘’§€")
_CODE_PAGES: Final = ("cp1252", "cp850", "mac_roman")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_TEXT: Final = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"{\\rt": "RTF",
}
_BLANK_DAY: Final = time(0, 0)


class Sheet(NamedTuple):
    """A sheet: its *name* (None for a CSV) and its cells as text, from the first row and column on."""

    name: str | None
    rows: list[list[str]]


def read_sheets(content: bytes) -> list[Sheet]:
    """The sheets of a file that hold anything, in its order; Unusable for what cannot be read."""
    if not content.strip():
        raise Unusable(422, "empty_file", EMPTY)
    for magic, kind in _NOT_TEXT.items():
        if content.startswith(magic):
            raise Unusable(415, "not_a_sheet", ANOTHER_KIND.format(kind=kind))
    if content.startswith((_ZIP, b"PK\x05\x06", _OLE)):
        sheets = list(_workbook(content))
    else:
        sheets = [Sheet(None, _records(decoded(content)))]
    filled = [sheet for sheet in sheets if any(any(row) for row in sheet.rows)]
    if not filled:
        raise Unusable(422, "empty_file", EMPTY)
    return filled


def decoded(content: bytes) -> str:
    """*content* as text: Unicode by its mark, else UTF-8, else the code page that reads like Portuguese."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode(_code_page(content), "replace")
    if "\0" in text:
        raise Unusable(415, "not_a_sheet", NOT_A_SHEET)
    return text


def _code_page(content: bytes) -> str:
    beyond = bytes(byte for byte in content if byte > 0x7F)[:20_000]  # noqa: PLR2004 - the end of ASCII
    read = {page: beyond.decode(page, "replace") for page in _CODE_PAGES}
    return max(_CODE_PAGES, key=lambda page: sum(char in _PORTUGUESE for char in read[page]))


def _records(text: str) -> list[list[str]]:
    """The records of a CSV text, by the delimiter that divides its first records most evenly."""
    csv.field_size_limit(LARGEST_CELL)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:
        delimiter, text = first.strip()[-1], rest  # Excel's own way of telling it
    else:
        delimiter = _delimiter(text)
    rows: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(_trimmed(record))
            _require_bounded(len(rows), len(rows[-1]))
    except csv.Error:
        raise Unusable(
            422,
            "unreadable_csv",
            Sentence(
                f"O CSV não pôde ser lido perto da linha {len(rows) + 1}: confira as aspas.",
                f"The CSV could not be read near row {len(rows) + 1}: check its quotation marks.",
            ),
        ) from None
    return rows


def _delimiter(text: str) -> str:
    best, best_score = _DELIMITERS[0], 0.0
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            widths.extend(len(record) for record in itertools.islice(reader, _SAMPLE_RECORDS) if any(record))
        except csv.Error:
            continue
        if not widths:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        score = 0.0 if usual == 1 else widths.count(usual) / len(widths) * min(usual, 8)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _workbook(content: bytes) -> Iterator[Sheet]:
    if content[:2] == b"PK":
        _require_unpackable(content)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except calamine.PasswordError:
        raise Unusable(422, "protected_file", PROTECTED) from None
    except Exception:  # noqa: BLE001 - whatever a parser makes of somebody's bytes, the file is unreadable
        raise Unusable(422, "unreadable_file", NOT_A_SHEET) from None
    metadata = {sheet.name: sheet for sheet in book.sheets_metadata}
    for name in book.sheet_names[:MOST_SHEETS]:
        if metadata[name].typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = book.get_sheet_by_name(name)
            yield _worksheet(name, sheet)
        except Unusable:
            raise
        except Exception:  # noqa: BLE001 - as above
            raise Unusable(422, "unreadable_file", NOT_A_SHEET) from None


def _worksheet(name: str, sheet: calamine.CalamineSheet) -> Sheet:
    if sheet.start is None:
        return Sheet(name, [])
    indent = [""] * sheet.start[1]  # what stands left of the table is not given
    if sheet.height * sheet.width > _MOST_AREA * 2:
        raise Unusable(413, "too_many_rows", TOO_MANY_ROWS if sheet.width <= MOST_COLUMNS else TOO_WIDE)
    rows: list[list[str]] = []
    ahead = 0
    for cells in sheet.iter_rows():
        row = _trimmed([*indent, *map(_text, cells)])
        if not row:  # blank rows count only if something follows: formats reach further than data
            ahead += 1
            continue
        rows.extend([] for _ in range(ahead))
        ahead = 0
        rows.append(row)
        _require_bounded(len(rows), len(row))
    _fill_down(rows, sheet.merged_cell_ranges or ())
    return Sheet(name, rows)


def _fill_down(rows: list[list[str]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Say again in each row what a cell merged over several rows says once."""
    reached: dict[int, int] = {}  # by column: merged cells lie apart, and what says otherwise is left alone
    for (first, column), (last, last_column) in sorted(merged):
        if column != last_column or first >= len(rows) or column >= len(rows[first]):
            continue
        if first <= reached.get(column, -1):
            continue
        reached[column] = last
        for row in rows[first + 1 : last + 1]:
            row.extend([""] * (column + 1 - len(row)))
            row[column] = rows[first][column]


def _require_unpackable(content: bytes) -> None:
    """Refuse what says of itself that it is a bomb; the worker's own bounds are for what lies about it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError):
        raise Unusable(422, "unreadable_file", NOT_A_SHEET) from None
    if sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise Unusable(413, "too_large_inside", TOO_LARGE_INSIDE)
    if any(part.flag_bits & 1 for part in parts):
        raise Unusable(422, "protected_file", PROTECTED)


def _require_bounded(rows: int, columns: int) -> None:
    if rows > MOST_ROWS + MOST_LINES_ABOVE:
        raise Unusable(413, "too_many_rows", TOO_MANY_ROWS)
    if columns > MOST_COLUMNS:
        raise Unusable(413, "too_many_columns", TOO_WIDE)


def _trimmed(cells: Sequence[str]) -> list[str]:
    """*cells* without the blank ones at the end."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return list(cells[:end])


def _text(cell: Any) -> str:
    """A workbook's cell as a person would type it; a date in ISO form."""
    if isinstance(cell, str):
        return cell if len(cell) <= LARGEST_CELL else cell[:LARGEST_CELL]
    if isinstance(cell, bool):
        return "sim" if cell else "não"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)  # noqa: PLR2004
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == _BLANK_DAY else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
