"""What comes with a request: the file, and how to read it."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

import msgspec
from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiMapping

from services.ingest.imports.findings import LEFT_OUT
from services.ingest.imports.problems import FILE_TOO_LARGE, BadUpload
from shared.http import read_body
from shared.notices.findings import FieldError
from shared.notices.places import is_member_id
from shared.notices.sentences import Sentence
from shared.problems import (
    BadJson,
    InvalidNotice,
    InvalidParameter,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
)

FILE_BYTES: Final = 20 * 1024 * 1024
MAPPING_BYTES: Final = 64 * 1024
CHOICES_BYTES: Final = 4 * 1024 * 1024 - 128 * 1024
BODY_BYTES: Final = 24 * 1024 * 1024
BODY_SECONDS: Final = 180.0
"""Time for 20 MiB at 1 Mbit/s."""
_MOST_PARTS: Final = 8
_LIMITS: Final = {"file": FILE_BYTES, "mapping": MAPPING_BYTES, "choices": CHOICES_BYTES}

CSV_TYPE: Final = "text/csv"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RAW_TYPES: Final = frozenset(
    {
        CSV_TYPE,
        XLSX_TYPE,
        "application/csv",
        "text/plain",
        "text/tab-separated-values",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)

UNSUPPORTED: Final = Sentence(
    "Envie a planilha como multipart/form-data (parte file), ou o próprio arquivo como text/csv ou XLSX.",
    "Send the sheet as multipart/form-data (part file), or the file itself as text/csv or XLSX.",
)
NO_FILE: Final = Sentence("Falta a parte file, com a planilha.", "The part file, with the sheet, is missing.")
MALFORMED: Final = Sentence(
    "O corpo não é multipart/form-data bem formado.", "The body is not well-formed multipart/form-data."
)
UNKNOWN_PART: Final = Sentence("Esta parte não existe.", "There is no such part.")
REPEATED_PART: Final = Sentence("Esta parte veio mais de uma vez.", "This part came more than once.")
NOT_A_MAPPING: Final = Sentence(
    'mapping é um objeto JSON {"coluna": "campo"}; null deixa a coluna de fora.',
    'mapping is a JSON object {"column": "field"}; null leaves the column out.',
)
NOT_CHOICES: Final = Sentence(
    'choices é um objeto JSON {"linha": {"coluna": "valor"}}; a linha "*" vale para todas.',
    'choices is a JSON object {"row": {"column": "value"}}; the row "*" stands for all of them.',
)
BAD_BOOLEAN: Final = Sentence("Use true ou false.", "Use true or false.")
BAD_REPORT: Final = Sentence("O relatório pode ser csv ou xlsx.", "The report may be csv or xlsx.")
BAD_MEMBER: Final = Sentence("Este membro não existe.", "There is no such member.")
REPEATED: Final = Sentence("Este parâmetro veio mais de uma vez.", "This parameter came more than once.")
UNKNOWN_PARAMETER: Final = Sentence("Este parâmetro não existe.", "There is no such parameter.")


class Upload(NamedTuple):
    """A file with what was said about it."""

    file: bytes
    mapping: dict[str, str | None]
    choices: dict[str, dict[str, str]]


class Parameters(NamedTuple):
    """What stands in the address."""

    confirm: str | None
    member: str | None
    backfill: bool
    report: str | None


def read_parameters(query: MultiMapping[str], accept: str) -> Parameters:
    """The parameters of an import; InvalidParameter for what means nothing. *accept* may ask for a report."""
    allowed = ("confirm", "member", "backfill", "report")
    for name in query:
        if name not in allowed:
            raise InvalidParameter(name, UNKNOWN_PARAMETER, allowed)
        if len(query.getall(name)) > 1:
            raise InvalidParameter(name, REPEATED)
    backfill, report, member = query.get("backfill", "true"), query.get("report"), query.get("member")
    if backfill not in {"true", "false"}:
        raise InvalidParameter("backfill", BAD_BOOLEAN, ("true", "false"))
    if report not in {None, "csv", "xlsx"}:
        raise InvalidParameter("report", BAD_REPORT, ("csv", "xlsx"))
    if member is not None and not is_member_id(member):
        raise InvalidParameter("member", BAD_MEMBER)
    if report is None:
        wanted = accept.lower().partition(",")[0].partition(";")[0].strip()
        report = {CSV_TYPE: "csv", XLSX_TYPE: "xlsx"}.get(wanted)
    return Parameters(query.get("confirm"), member, backfill == "true", report)


async def read_upload(request: web.Request) -> Upload:
    """The file and its parts, bounded in size and in time."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise UnsupportedMediaType(UNSUPPORTED)
    kind = request.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()
    if kind in _RAW_TYPES:
        try:
            return Upload(await read_body(request, FILE_BYTES, BODY_SECONDS), {}, {})
        except TooLarge:
            raise TooLarge(FILE_TOO_LARGE) from None
    if kind != "multipart/form-data":
        raise UnsupportedMediaType(UNSUPPORTED)
    if (request.content_length or 0) > BODY_BYTES:
        raise TooLarge(FILE_TOO_LARGE)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            parts = await _read_parts(request)
    except TimeoutError:
        raise RequestTimeout from None
    if "file" not in parts:
        raise BadUpload(NO_FILE)
    return Upload(parts["file"], _mapping(parts.get("mapping")), _choices(parts.get("choices")))


async def _read_parts(request: web.Request) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    try:
        reader = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if part is None:
                return parts
            if not isinstance(part, BodyPartReader) or part.name not in _LIMITS:
                raise BadUpload(UNKNOWN_PART, allowed=sorted(_LIMITS))
            if part.name in parts:
                raise BadUpload(REPEATED_PART)
            parts[part.name] = await _read_part(part, _LIMITS[part.name])
    except (ValueError, AssertionError, RuntimeError, web.HTTPException, LookupError, HttpProcessingError):
        raise BadUpload(MALFORMED) from None
    raise BadUpload(MALFORMED)


async def _read_part(part: BodyPartReader, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := await part.read_chunk(256 * 1024):
        size += len(chunk)
        if size > limit_bytes:
            raise TooLarge(FILE_TOO_LARGE)
        chunks.append(chunk)
    return b"".join(chunks)


def _mapping(content: bytes | None) -> dict[str, str | None]:
    if content is None or not content.strip():
        return {}
    return _json(content, "mapping", _read_mapping, NOT_A_MAPPING)


def _choices(content: bytes | None) -> dict[str, dict[str, str]]:
    if content is None or not content.strip():
        return {}
    told = _json(content, "choices", _read_choices, NOT_CHOICES)
    return {
        row: {
            name: LEFT_OUT if chosen is None else str(chosen)
            for name, chosen in answers.items()
            if chosen is None or str(chosen).strip()  # blank: not answered yet
        }
        for row, answers in told.items()
    }


_read_mapping = msgspec.json.Decoder(dict[str, str | None]).decode
_read_choices = msgspec.json.Decoder(dict[str, dict[str, str | int | float | None]]).decode
Read = TypeVar("Read")


def _json(content: bytes, part: str, read: Callable[[bytes], Read], shape: Sentence) -> Read:
    """A part in JSON, of the one form that it has; 400 if it is no JSON, 422 if it says something else."""
    try:
        return read(content.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.ValidationError:
        raise InvalidNotice(errors=[FieldError(f"/{part}", "invalid_type", shape)]) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError):
        raise BadJson(errors=[FieldError(f"/{part}", "unreadable", shape)]) from None
