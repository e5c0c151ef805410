"""The operation about spreadsheets: `/v1/imports`."""

from typing import Any, Final, Literal

from services.ingest.imports import wording
from services.ingest.imports.problems import (
    FILE_TOO_LARGE,
    BadUpload,
    FileChanged,
    ImportInvalid,
    NotASheet,
)
from services.ingest.imports.uploads import CSV_TYPE, NO_FILE, XLSX_TYPE
from services.ingest.operations.sheets import CONFIRMATION, PREVIEW, ImportConfirmation, ImportPreview
from shared.notices.families.texts import Sha256
from shared.notices.sentences import Sentence
from shared.notices.texts import MemberId
from shared.operations import (
    JSON,
    KEY_NEEDED,
    Answer,
    Content,
    Header,
    Operation,
    Parameter,
    Refusal,
    Tag,
    examples,
)
from shared.problems import (
    BadJson,
    FactNotAllowed,
    InvalidNotice,
    InvalidParameter,
    MemberNotAllowed,
    OutcomeUnknown,
    RequestTimeout,
    TooLarge,
    TooManyRequests,
    UnsupportedMediaType,
)

MULTIPART: Final = "multipart/form-data"
_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "mapping": {"type": "string", "contentMediaType": JSON},
        "choices": {"type": "string", "contentMediaType": JSON},
    },
}
_FILE: Final = Content(schema={"type": "string"})
_SHEET: Final = (
    "numero_termo;parceiro_acordo;pais;objeto\n014/2026;Cidade Exemplo;Portugal;Exemplo fictício\n"
)


def _invalid(code: str, detail: Sentence) -> ImportInvalid:
    return ImportInvalid(detail, extra={"code": code, "type": f"/problems/{code}"})


def _too_large(code: str, detail: Sentence) -> TooLarge:
    return TooLarge(detail, extra={"code": code, "type": f"/problems/{code}"})


_REFUSED: Final[tuple[Refusal, ...]] = (
    InvalidParameter,
    BadUpload(NO_FILE),
    BadJson,
    *KEY_NEEDED,
    FactNotAllowed,
    MemberNotAllowed,
    RequestTimeout,
    FileChanged,
    TooLarge(FILE_TOO_LARGE),
    _too_large("too_many_rows", wording.TOO_MANY_ROWS),
    _too_large("too_many_columns", wording.TOO_WIDE),
    _too_large("too_large_inside", wording.TOO_LARGE_INSIDE),
    UnsupportedMediaType,
    NotASheet(wording.NOT_A_SHEET),
    InvalidNotice,
    _invalid("header_not_recognised", wording.NO_HEADER),
    _invalid("unknown_column", wording.UNKNOWN_COLUMN),
    _invalid("unknown_field", wording.UNKNOWN_FIELD),
    _invalid("no_rows", wording.NO_ROWS),
    _invalid("empty_file", wording.EMPTY),
    _invalid("protected_file", wording.PROTECTED),
    _invalid("unreadable_file", wording.NOT_A_SHEET),
    _invalid(
        "invalid_choices",
        Sentence(
            "choices responde por linha e coluna que a planilha tenha.",
            "choices answers for a row and a column that the sheet has.",
        ),
    ),
    TooManyRequests,
    OutcomeUnknown,
)

TAGS: Final = (
    Tag(
        name="imports",
        title=Sentence("Planilhas", "Spreadsheets"),
        says=Sentence(
            "Uma planilha vira avisos: primeiro uma prévia, depois a confirmação.",
            "A sheet becomes notices: first a preview, then its confirmation.",
        ),
    ),
)

OPERATIONS: Final = (
    Operation(
        id="postImports",
        method="POST",
        path="/v1/imports",
        tag="imports",
        summary=Sentence("Importar uma planilha", "Import a sheet"),
        says=Sentence(
            "CSV ou XLSX de até 50.000 linhas e 20 MiB, com os títulos que tiver. Sem `confirm`, a prévia: "
            "o que "
            "cada linha vai dizer, o que é duvidoso, com candidatos, e o que está errado. O mesmo arquivo "
            "com "
            "`confirm` igual ao `digest` da prévia envia as linhas prontas. Enviar de novo não muda nada; "
            "de uma "
            "planilha corrigida só têm efeito as linhas que mudaram.",
            "CSV or XLSX of up to 50,000 rows and 20 MiB, with whatever titles it has. Without `confirm` "
            "the preview: "
            "what each row will say, what is doubtful, with candidates, and what is wrong. The same file "
            "with "
            "`confirm` equal to the preview's `digest` sends the rows that are ready. Sending again "
            "changes nothing; "
            "of a corrected sheet only the rows that changed have an effect.",
        ),
        callers=("member", "coordination"),
        sessions=False,
        parameters=(
            Parameter(
                name="confirm",
                type=Sha256,
                says=Sentence("O `digest` da prévia: enviar.", "The preview's `digest`: send."),
            ),
            Parameter(
                name="member",
                type=MemberId,
                example=examples.MEMBER,
                says=Sentence(
                    "De quem são os acordos, se nenhuma coluna o diz.",
                    "Whose agreements they are, if no column says it.",
                ),
            ),
            Parameter(
                name="backfill",
                type=bool,
                usual=True,
                example=True,
                says=Sentence("É história sendo carregada.", "It is history being loaded."),
            ),
            Parameter(
                name="report",
                type=Literal["csv", "xlsx"],
                says=Sentence(
                    "Responder com a própria planilha e mais três colunas.",
                    "Answer with the sheet itself and three more columns.",
                ),
            ),
        ),
        body={
            CSV_TYPE: Content(schema={"type": "string"}, examples={"sheet": _SHEET}),
            XLSX_TYPE: Content(schema={}),
            MULTIPART: Content(schema=_FORM),
        },
        body_says=Sentence(
            "O arquivo, ou um formulário com as partes `file`, `mapping` (coluna: campo) e `choices` "
            "(linha: coluna: valor; a linha `*` vale para todas).",
            "The file, or a form with the parts `file`, `mapping` (column: field) and `choices` "
            "(row: column: value; the row `*` stands for all).",
        ),
        answers=(
            Answer(
                says=Sentence("A prévia.", "The preview."),
                content={JSON: Content(type=ImportPreview, examples={"preview": PREVIEW})},
            ),
            Answer(
                status=202,
                says=Sentence(
                    "Enviado: um recibo por aviso, ou a planilha com o que foi feito de cada linha.",
                    "Sent: a receipt for each notice, or the sheet with what became of each row.",
                ),
                content={
                    JSON: Content(type=ImportConfirmation, examples={"confirmed": CONFIRMATION}),
                    CSV_TYPE: _FILE,
                    XLSX_TYPE: Content(schema={}),
                },
                headers=(
                    Header(
                        name="Content-Disposition",
                        says=Sentence("O nome da planilha.", "The sheet's name."),
                    ),
                ),
            ),
        ),
        problems=_REFUSED,
    ),
)
