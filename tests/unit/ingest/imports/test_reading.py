"""Bytes into sheets: whatever way a spreadsheet was saved, and nothing that it could be made of breaks it."""

import io
import time
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.imports.findings import Unusable
from services.ingest.imports.reading import MOST_COLUMNS, Sheet, read_sheets
from tests.support.sheets import saved, text, workbook

ROWS = [["Município", "Parceiro"], ["São João del-Rei", "Città Inventata"]]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "cp850", "mac_roman"]
)
def test_a_csv_is_read_in_whatever_way_it_was_saved(delimiter: str, encoding: str) -> None:
    """Excel, LibreOffice, an old DOS program, a Macintosh, an export of a database."""
    (sheet,) = read_sheets(text(*(delimiter.join(row) for row in ROWS), encoding=encoding))
    assert sheet.rows == ROWS


def test_quoted_newlines_delimiters_and_quotes_stay_within_their_cell() -> None:
    """An object is often a whole paragraph."""
    content = text("a;b;c", '"um\ndois";"x; y";"diz ""sim"""', end="\n")
    assert read_sheets(content)[0].rows[1] == ["um\ndois", "x; y", 'diz "sim"']


def test_the_delimiter_is_that_which_divides_evenly_not_that_which_is_frequent() -> None:
    """Objects are full of commas."""
    content = text("a;b", "um, dois, três, quatro;x", "cinco, seis;y", "sete, oito, nove;z")
    assert [len(row) for row in read_sheets(content)[0].rows] == [2, 2, 2, 2]


def test_excel_may_tell_the_delimiter_itself() -> None:
    """Its own line `sep=` is no data."""
    assert read_sheets(text("sep=|", "a|b;c"))[0].rows == [["a", "b;c"]]


def test_a_workbook_gives_dates_in_iso_form_and_numbers_without_a_point() -> None:
    """What a person sees as 30/05/2025 or 12 is not 45807.0 or 12.0."""
    content = workbook(
        acordos=[
            ["a", "b", "c", "d"],
            [datetime(2025, 5, 30, tzinfo=UTC).replace(tzinfo=None), date(2024, 2, 29), 12.0, 1.5],
        ]
    )
    assert read_sheets(content)[0].rows[1] == ["2025-05-30", "2024-02-29", "12", "1.5"]


def with_cells(cells: str, behind: str) -> bytes:
    """A workbook whose one sheet holds *cells*, and *behind* them what belongs there; both XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(Um=[]))) as plain, zipfile.ZipFile(file, "w") as archive:
        for name in plain.namelist():
            content = plain.read(name).decode()
            archive.writestr(
                name, content.replace("<sheetData></sheetData>", f"<sheetData>{cells}</sheetData>{behind}")
            )
    return file.getvalue()


def test_a_cell_merged_over_rows_counts_for_all_of_them() -> None:
    """A municipality written once beside its five agreements."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["Município", "Parceiro"], ["Cidade", "A"], [None, "B"], [None, "C"]):
        sheet.append(row)
    sheet.merge_cells("A2:A4")
    assert [row[0] for row in read_sheets(saved(book))[0].rows] == ["Município", "Cidade", "Cidade", "Cidade"]


def test_cells_merged_over_each_other_cost_no_more_than_those_that_lie_apart() -> None:
    """No program writes that; whoever does has a reader of ours for as long as it takes."""
    rows = 20_000
    cells = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, rows + 1))
    merged = "".join(f'<mergeCell ref="A{row}:A{rows}"/>' for row in range(2, rows))
    began = time.process_time()
    (sheet,) = read_sheets(with_cells(cells, f"<mergeCells>{merged}</mergeCells>"))
    assert time.process_time() - began < 5
    assert [row[0] for row in sheet.rows] == ["1", *["2"] * (rows - 1)]


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    """Blank rows above the table are not skipped in counting."""
    book = openpyxl.Workbook()
    book.worksheets[0]["C4"] = "Parceiro"
    (sheet,) = read_sheets(saved(book))
    assert sheet.rows == [[], [], [], ["", "", "Parceiro"]]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"  \n\n", 422),
        (b"%PDF-1.7 ...", 415),
        (b"\x89PNG\r\n", 415),
        (b"PK\x03\x04 no archive", 422),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook", 422),
        (b"a\0b;c\0d\n", 415),
        (text(";".join("x" * (MOST_COLUMNS + 1))), 413),
        (b"a;b\n" * 50_200, 413),
        (b'a;b\n"' + b"x" * 50_000, 422),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(content: bytes, status: int) -> None:
    """A status that fits, and a sentence in both languages."""
    with pytest.raises(Unusable) as refused:
        read_sheets(content)
    assert refused.value.status == status
    assert refused.value.detail.pt
    assert refused.value.detail.en


def test_a_bomb_that_says_what_it_is_is_not_unpacked() -> None:
    """300 MB of nothing in 300 KB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (300 * 1024 * 1024))
    with pytest.raises(Unusable) as refused:
        read_sheets(file.getvalue())
    assert (refused.value.status, refused.value.code) == (413, "too_large_inside")


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Nothing but Unusable leaves the reader."""
    statuses, sheets = [422], list[Sheet]()
    try:
        sheets = read_sheets(content)
    except Unusable as unusable:
        statuses.append(unusable.status)
    assert all(400 <= status < 500 for status in statuses)
    assert all(isinstance(cell, str) for sheet in sheets for row in sheet.rows for cell in row)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_a_damaged_workbook_is_read_or_refused(damages: list[tuple[int, int]]) -> None:
    """A download that broke off, a disk that forgets."""
    content = bytearray(workbook(acordos=ROWS))
    for at, byte in damages:
        content[at % len(content)] = byte
    with suppress(Unusable):
        read_sheets(bytes(content))
