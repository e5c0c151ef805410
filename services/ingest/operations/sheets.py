"""What an import answers: contract §4, field by field."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.ingest.imports.headers import How
from services.ingest.receipts import Links
from shared.operations import examples

Status = Literal["ready", "doubtful", "wrong"]
Count = Annotated[int, Meta(ge=0)]
Row = Annotated[int, Meta(ge=1, description="The row's number in the sheet")]
_DIGEST: Final = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"


class ImportColumn(msgspec.Struct, frozen=True):
    """What a column was understood to mean, and how it was recognised."""

    column: str
    letter: str
    field: str | None
    meaning: str | None
    how: How


class ImportDoubt(msgspec.Struct, frozen=True):
    """A cell that may mean several things: answer in `choices`, by row and column."""

    column: str
    value: str
    candidates: list[str]
    detail: str


class ImportFault(msgspec.Struct, frozen=True):
    """What is wrong with a cell, or with the row as a whole."""

    column: str | None
    code: str
    detail: str
    allowed: list[Any] | UnsetType = UNSET


class ImportRow(msgspec.Struct, frozen=True):
    """What a row will become: *notice* is what will be sent, *further* what follows it."""

    row: Row
    status: Status
    notice: dict[str, Any] | None
    doubts: list[ImportDoubt]
    errors: list[ImportFault]
    further: list[dict[str, Any]] | UnsetType = UNSET
    left_out: list[str] | UnsetType = UNSET
    repeats: Row | UnsetType = UNSET
    note: str | UnsetType = UNSET


class ImportPreview(msgspec.Struct, frozen=True):
    """What a sheet will become; *digest* confirms it."""

    digest: str
    sheet: str | None
    header_row: Row
    columns: list[ImportColumn]
    rows: list[ImportRow]
    counts: dict[str, Count]


class ImportReceipt(msgspec.Struct, frozen=True):
    """The receipt of a notice, the row it comes from, and what became of it."""

    protocol: str
    member: str
    id: str
    source: str
    received_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    environment: str
    status: Literal["accepted", "registered"]
    links: Links
    row: Row
    outcome: str
    type: str


class ImportSkipped(msgspec.Struct, frozen=True):
    """A row that was not sent, and why."""

    row: Row
    status: str
    columns: list[str]


class ImportConfirmation(msgspec.Struct, frozen=True):
    """What became of the rows. *unsettled*: send the same file again, it changes nothing else."""

    receipts: list[ImportReceipt]
    skipped: list[ImportSkipped]
    digest: str
    unsettled: list[Row]
    counts: dict[str, Count]
    note: str | UnsetType = UNSET
    problem: dict[str, Any] | UnsetType = UNSET


PREVIEW: Final[dict[str, Any]] = {
    "digest": _DIGEST,
    "sheet": None,
    "header_row": 1,
    "columns": [
        {
            "column": "parceiro_acordo",
            "letter": "B",
            "field": "partner",
            "meaning": "parceiro",
            "how": "exact",
        }
    ],
    "rows": [
        {
            "row": 2,
            "status": "ready",
            "notice": {
                "specversion": "1.0",
                "id": "014/2026",
                "source": "/planilha",
                "member": examples.MEMBER,
                "type": "br.malha.agreement.reported.v1",
                "subject": examples.SUBJECT,
                "backfill": True,
                "data": {
                    "instrument": "MOU",
                    "title": "Memorando (exemplo fictício)",
                    "partners": [{"name": "Cidade Exemplo", "kind": "city", "country": "PT"}],
                },
            },
            "doubts": [],
            "errors": [],
        },
        {
            "row": 3,
            "status": "doubtful",
            "notice": None,
            "doubts": [
                {
                    "column": "orgao_acordo",
                    "value": "JAQUITAI",
                    "candidates": ["Jequitaí"],
                    "detail": "Não há município com este nome. É um destes?",
                }
            ],
            "errors": [],
        },
    ],
    "counts": {"rows": 2, "ready": 1, "doubtful": 1, "wrong": 0, "notices": 1},
}
CONFIRMATION: Final[dict[str, Any]] = {
    "receipts": [
        {
            **examples.RECEIPT,
            "status": "registered",
            "row": 2,
            "outcome": "registered",
            "type": "br.malha.agreement.reported.v1",
        }
    ],
    "skipped": [{"row": 3, "status": "doubtful", "columns": ["orgao_acordo"]}],
    "digest": _DIGEST,
    "unsettled": [],
    "counts": {"rows": 2, "ready": 1, "doubtful": 1, "wrong": 0, "notices": 1, "registered": 1},
}
