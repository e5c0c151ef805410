"""A whole file: counted, named, and never a failure."""

import csv
import io
from contextlib import suppress

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.imports.findings import Unusable
from services.ingest.imports.jobs import ReportRow
from services.ingest.imports.preview import Judged, digest_of, understand
from services.ingest.imports.report import CsvReport, XlsxReport
from shared import data
from shared.notices import sheetrows
from tests.support.sheets import STATE, STATE_HEADER, STATE_ROW, asked, judged, text, workbook

CELL = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "-", "S/N", "Indeterminado", "30/05/2025", "2014", "24 meses", "Vigente", "Rescindido", "a;b",
         "Torino / Milano", "R$ 1.234,56", "=1+1", "Portugal", "JAQUITAI", "MG-7FJRXBPMCRCB7", "1E+15",
         "\x00", "\ud800", "3106200"]
    ),
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.lists(CELL, min_size=11, max_size=11), min_size=1, max_size=4))
def test_whatever_stands_in_the_cells_every_row_is_judged(rows: list[list[str]]) -> None:
    """A row is ready, doubtful or wrong, can be shown, and a ready one passes the door."""
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows([STATE_HEADER.split(";"), *rows])
    understood: list[Judged] = []
    with suppress(Unusable):
        understood = list(understand(file.getvalue().encode("utf-8", "ignore"), asked(member=STATE)).rows())
    for row in understood:
        shown = row.shown("pt")
        msgspec.json.encode(shown)
        assert shown["status"] in {"ready", "doubtful", "wrong"}
        assert bool(shown["errors"]) == (shown["status"] == "wrong")
        assert all(doubt["candidates"] is not None for doubt in shown["doubts"])


@settings(max_examples=200)
@given(st.binary(max_size=600))
def test_any_bytes_are_understood_or_refused(content: bytes) -> None:
    """Nothing from outside is a failure of ours."""
    with suppress(Unusable):
        list(understand(STATE_HEADER.encode() + b"\n" + content, asked(member=STATE)).rows())


def test_the_known_ties_are_understood_without_a_doubt() -> None:
    """A file that says all it has to say in columns of its own."""
    content = io.StringIO()
    writer = csv.writer(content)
    ties = data.known_ties()
    writer.writerow(ties[0].__struct_fields__)
    writer.writerows(msgspec.structs.astuple(tie) for tie in ties)
    rows = judged(content.getvalue().encode(), member=STATE, blank_member=None)
    assert [row.status for row in rows] == ["ready"] * len(ties)
    assert [row.row.notices[0]["member"] for row in rows] == [tie.ibge_code for tie in ties]
    assert len({(row.row.notices[0]["member"], row.row.notices[0]["id"]) for row in rows}) == len(ties)


def test_a_csv_and_a_workbook_of_the_same_rows_say_the_same() -> None:
    """The clerk opens the CSV, saves it as XLSX, and sends that."""
    header, cells = STATE_HEADER.split(";"), STATE_ROW.split(";")
    (one,) = judged(text(STATE_HEADER, STATE_ROW), member=STATE)
    (other,) = judged(workbook(plan1=[header, cells]), member=STATE)
    assert one.row.notices == other.row.notices


def test_the_digest_names_the_file_and_how_it_is_read() -> None:
    """A confirmation with another mapping confirms something else."""
    content = text(STATE_HEADER, STATE_ROW)
    digests = {
        digest_of(content, asked()),
        digest_of(content + b"\n", asked()),
        digest_of(content, asked(mapping={"ano": None})),
        digest_of(content, asked(member=STATE)),
    }
    assert len(digests) == 4
    assert digest_of(content, asked()) == digest_of(
        content, asked(choices={"2": {"ano": "-"}}, backfill=False)
    )


@pytest.mark.parametrize(
    ("choices", "pointer"),
    [
        ({"99": {"ano": "1"}}, "/choices/99"),
        ({"x": {}}, "/choices/x"),
        ({"2": {"cor": "1"}}, "/choices/2/cor"),
    ],
)
def test_an_answer_about_what_is_not_there_is_refused(
    choices: dict[str, dict[str, str]], pointer: str
) -> None:
    """A slip of the pen must not look like an answer that was taken."""
    with pytest.raises(Unusable) as refused:
        understand(text(STATE_HEADER, STATE_ROW), asked(choices=choices))
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_the_report_is_the_sheet_with_three_more_columns_and_safe() -> None:
    """Given back, it can be opened, corrected and sent again: the same rows, known by their protocols."""
    header = "Relação fictícia;\r\nParceiro;Tipo;Objeto;Observações"
    layout = understand(text(header, "Rede A;MOU;=1+1;minha nota"), asked()).layout
    told = ReportRow("MG-7FJRXBPMCRCB7", "registrado", "")
    report = CsvReport(layout)
    pieces: list[bytes] = []
    for at in range(len(layout.sheet.rows)):
        report.write(at, told if at == 2 else None)
    report.finish(pieces.append)
    rows = list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig")), delimiter=";"))
    assert rows[1] == [
        "Parceiro",
        "Tipo",
        "Objeto",
        "Observações",
        "protocolo",
        "situacao_envio",
        "observacao",
    ]
    assert rows[2] == ["Rede A", "MOU", "'=1+1", "minha nota", "MG-7FJRXBPMCRCB7", "registrado", ""]
    again = understand(b"".join(pieces), asked())
    second = CsvReport(again.layout)
    for at in range(len(again.layout.sheet.rows)):
        second.write(at, told if at == 2 else None)
    assert len(second.taken().decode("utf-8-sig").splitlines()[1].split(";")) == 7
    (row,) = again.rows()
    assert row.row.notices[0]["data"]["object"] == "=1+1"
    assert row.row.told_as == "MG-7FJRXBPMCRCB7"


def test_the_report_as_a_workbook_holds_text_and_no_formulas() -> None:
    """Opened by another program than that which wrote it."""
    layout = understand(text("Parceiro;Tipo;Objeto", "Rede A;MOU;=1+1"), asked()).layout
    report = XlsxReport(layout)
    report.write(0, None)
    report.write(1, ReportRow("MG-7FJRXBPMCRCB7", "registrado", "-"))
    pieces: list[bytes] = []
    report.finish(pieces.append)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(pieces))).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1] == ["Rede A", "MOU", "=1+1", "MG-7FJRXBPMCRCB7", "registrado", "-"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


@given(st.text(min_size=1, max_size=30))
def test_the_id_of_a_row_never_looks_like_a_persons_number(subject: str) -> None:
    """Of fifty thousand digests in hexadecimal digits seven held a valid CPF."""
    assert not any(char.isdigit() for char in sheetrows.first_id(subject, ()))


def test_what_overtakes_a_rows_notice_has_a_name_that_follows_from_it() -> None:
    """The registry tells by it that a row went on; other notices have no such name."""
    first = sheetrows.first_id("P-1", ())
    protocol = sheetrows.protocol("3106200", first)
    assert sheetrows.next_id(first, protocol) == sheetrows.correction_id(protocol, 1)
    assert sheetrows.next_id(sheetrows.correction_id(protocol, 9), "x") == sheetrows.correction_id(
        protocol, 10
    )
    assert sheetrows.next_id(sheetrows.end_id(protocol), "x") == sheetrows.retraction_id(
        sheetrows.end_id(protocol)
    )
    assert sheetrows.next_id("42", "x") is None
    assert sheetrows.correction_id(protocol, 2) < sheetrows.correction_id(protocol, 10)
