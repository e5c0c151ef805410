"""How an import is refused."""

from collections.abc import Sequence
from typing import Any, Final

from services.ingest.imports.findings import Unusable
from shared.notices.findings import FieldError
from shared.notices.sentences import Sentence
from shared.problems import Problem, TooLarge

FILE_TOO_LARGE: Final = Sentence(
    "A planilha tem no máximo 20 MiB e 50.000 linhas.", "A sheet has at most 20 MiB and 50,000 rows."
)


class BadUpload(Problem):
    """The request does not carry a file as it should."""

    status = 400
    code = "bad_upload"
    title = Sentence("Envio malformado", "Malformed upload")

    def __init__(self, detail: Sentence, *, allowed: Sequence[Any] | None = None) -> None:
        super().__init__(detail, extra=None if allowed is None else {"allowed": list(allowed)})


class NotASheet(Problem):
    """The file is of a kind that is not read here."""

    status = 415
    code = "not_a_sheet"
    title = Sentence("Não é uma planilha", "Not a spreadsheet")


class ImportInvalid(Problem):
    """The file can be read, but not as a list of agreements."""

    status = 422
    code = "invalid_import"
    title = Sentence("Planilha com erros", "Invalid sheet")


class FileChanged(Problem):
    """What is to be confirmed is not what the preview was about."""

    status = 409
    code = "file_changed"
    title = Sentence("O arquivo mudou", "The file changed")
    default_detail = Sentence(
        "O arquivo, ou o modo de o ler (mapping, member), não é o que foi conferido. Veja a prévia de novo.",
        "The file, or how it is read (mapping, member), is not what was previewed. Ask for a preview again.",
    )


_KINDS: Final[dict[int, type[Problem]]] = {kind.status: kind for kind in (TooLarge, NotASheet, ImportInvalid)}


def problem_of(unusable: Unusable) -> Problem:
    """The problem to answer with; its code says more exactly what is wrong."""
    kind = _KINDS.get(unusable.status, ImportInvalid)
    errors: list[FieldError] = unusable.errors
    code = unusable.code
    return kind(unusable.detail, errors=errors, extra={"type": f"/problems/{code}", "code": code})
