"""Sheets for tests, all of it fiction: as text, as workbooks, and understood."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import openpyxl

from services.ingest.imports.jobs import Asked
from services.ingest.imports.preview import Judged, understand
from shared import data

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
CITY, STATE = "3106200", "31"
STATE_HEADER = (
    "ano;numero_termo;numero_sei;orgao_acordo;parceiro_acordo;objeto;inicio_vigencia;fim_vigencia;situacao;"
    "link_documento;numero_documento"
)
STATE_ROW = (
    "2025;001/2025;1500.01.0000001/2025-10;SEDE;Rede Fictícia;Memorando de Entendimento fictício sobre água;"
    "2025-05-30 00:00:00;2030-05-30 00:00:00;Vigente;https://www.exemplo.mg.gov.br/1.pdf;112233"
)


def text(*lines: str, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    """A CSV of *lines*."""
    return end.join([*lines, ""]).encode(encoding)


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX of *sheets*: rows of cells, by name."""
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.remove(book.worksheets[0])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """*book* as a file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def asked(**changes: Any) -> Asked:
    """What the city hall of Belo Horizonte asks, unless *changes* say otherwise."""
    values: dict[str, Any] = {
        "now": NOW, "known": frozenset(data.members()), "member": CITY, "blank_member": CITY, **changes,
    }  # fmt: skip
    return Asked(**values)


def judged(content: bytes, **changes: Any) -> list[Judged]:
    """The rows of a file."""
    return list(understand(content, asked(**changes)).rows())


def row_of(cells: Mapping[str, str], **changes: Any) -> Judged:
    """The one row of a sheet with these *cells* by title; partner, object and instrument are there anyway."""
    told = {
        "Processo": "P-1",
        "Parceiro": "Rede Fictícia",
        "Tipo": "MOU",
        "Objeto": "Objeto fictício",
        **cells,
    }
    lines = ["\t".join(told), "\t".join(told.values())]
    (row,) = judged(text(*lines), **changes)
    return row


def data_of(row: Judged) -> dict[str, Any]:
    """The data of a row's first notice."""
    told: dict[str, Any] = row.row.notices[0]["data"]
    return told


def doubts_of(row: Judged) -> dict[str, tuple[str, ...]]:
    """The candidates of a row's doubts, by column."""
    return {doubt.column: doubt.candidates for doubt in row.row.doubts}
