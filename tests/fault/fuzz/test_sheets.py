"""Spreadsheets of any bytes: CSV, and workbooks whose parts are not what they should be."""

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.imports import frames
from services.ingest.imports.findings import Unusable
from services.ingest.imports.preview import Judged, understand
from tests.fault.fuzz.examples import MANY, mutated
from tests.support import sheets

ROWS = sheets.text(sheets.STATE_HEADER, sheets.STATE_ROW, sheets.STATE_ROW.replace("2025", "9999"))
BOOK = sheets.workbook(Acordos=[row.split(";") for row in (sheets.STATE_HEADER, sheets.STATE_ROW)])


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """A workbook of which one part is not what it should be, put together again: behind the ZIP is XML."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(BOOK)) as whole, zipfile.ZipFile(out, "w") as written:
        spoilt = draw(st.sampled_from(sorted(whole.namelist())))
        for name in whole.namelist():
            content = whole.read(name)
            written.writestr(name, draw(mutated(st.just(content))) if name == spoilt else content)
    return out.getvalue()


@MANY
@given(mutated(st.just(ROWS)) | mutated(st.just(BOOK)) | workbooks())
def test_a_sheet_of_any_bytes(content: bytes) -> None:
    """Rows, each of which can be shown, or why it is no sheet."""
    rows: Iterator[Judged] = iter(())
    status = 200
    try:
        rows = understand(content, sheets.asked()).rows()
    except Unusable as unusable:
        status = unusable.status
    assert status in {200, 413, 415, 422}
    for row in rows:
        assert msgspec.json.encode(row.shown("pt"))


@MANY
@given(st.binary(min_size=frames.HEAD_BYTES, max_size=frames.HEAD_BYTES))
def test_what_the_reader_of_sheets_says(head: bytes) -> None:
    """Its process may have been taken over by the sheet."""
    with suppress(ValueError):
        assert frames.read_head(head).size <= frames.LARGEST_FRAME
