"""The process that reads one file: bounded in memory and in time, and killed when nobody waits for it.

It is given a line of JSON and the file on standard input, and answers in frames. For a report it is told on
standard input what became of the rows that it gave.
"""

import gc
import os
import resource
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

import msgspec

from services.ingest.imports import frames
from services.ingest.imports.findings import Doubt, RowError, Unusable
from services.ingest.imports.jobs import Asked, Chunk, Job, ReadyRow, ReportRow, SkippedRow
from services.ingest.imports.preview import Judged, Understood, understand
from services.ingest.imports.report import CsvReport, Report, XlsxReport
from services.ingest.imports.wording import TOO_LARGE_INSIDE

MEMORY_BYTES: Final = 640 * 1024 * 1024
"""Of address space, which a file within the limits does not come near."""
CPU_SECONDS: Final = 90
CHUNK_ROWS: Final = 500


_read_job = msgspec.json.Decoder(Job).decode
_read_told = msgspec.json.Decoder(dict[int, ReportRow]).decode
_encode = msgspec.json.Encoder().encode


def main() -> None:
    """Do the one job that is on standard input, and end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # one file, then the end; what reads it leaves no cycles to be found
    # Frames go out on a descriptor of their own: what a library prints must not stand among them.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source = sys.stdin.buffer
    try:
        job = _read_job(source.readline())
        _work(job, source.read(job.size), source, out)
    except Unusable as unusable:
        _send(out, "refused", _encode(_refusal(unusable)))
    except MemoryError:
        _send(out, "refused", _encode(_refusal(Unusable(413, "too_large_inside", TOO_LARGE_INSIDE))))
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001 - what a file does to us must not reach its sender
        place = traceback.extract_tb(error.__traceback__)[-1]
        _send(out, "failed", f"{type(error).__name__} at {place.name}:{place.lineno}".encode())
    out.flush()


def _work(job: Job, content: bytes, source: BinaryIO, out: BinaryIO) -> None:
    understood = understand(content, job.asked)
    if job.confirm is None:
        _preview(understood, out)
    elif job.confirm != understood.digest:
        _send(out, "end", _encode({"digest": understood.digest}))
    else:
        _confirm(understood, job.report, source, out)


def _preview(understood: Understood, out: BinaryIO) -> None:
    language = understood.asked.language
    head = {
        "digest": understood.digest,
        "sheet": understood.layout.sheet.name,
        "header_row": understood.layout.number_of(understood.layout.first - 1),
        "columns": [column.shown(language) for column in understood.layout.columns],
    }
    _send(out, "body", _encode(head)[:-1] + b',"rows":[')
    counts = Counter({"rows": 0, "ready": 0, "doubtful": 0, "wrong": 0, "notices": 0})
    for at, rows in enumerate(batched_rows(understood.rows())):
        lines = b",".join(_encode(row.shown(language)) for row in rows)
        _send(out, "body", (b"," if at else b"") + lines)
        for row in rows:
            _count(counts, row)
    _send(out, "body", b'],"counts":' + _encode(counts) + b"}")
    _send(out, "end", b"{}")


def _confirm(understood: Understood, report: str | None, source: BinaryIO, out: BinaryIO) -> None:
    layout = understood.layout
    written = None if report is None else XlsxReport(layout) if report == "xlsx" else CsvReport(layout)
    counts = Counter({"rows": 0, "ready": 0, "doubtful": 0, "wrong": 0, "notices": 0})
    next_at = 0
    for rows in batched_rows(understood.rows()):
        ready = [row for row in rows if row.status == "ready"]
        skipped = [row for row in rows if row.status != "ready"]
        chunk = Chunk(
            [ReadyRow(row.row.number, row.row.notices, row.row.told_as) for row in ready],
            [SkippedRow(row.row.number, row.status, _columns(row)) for row in skipped],
        )
        for row in rows:
            _count(counts, row)
        _send(out, "rows", _encode(chunk))
        if written is not None:
            told = _read_told(source.readline())
            for row in rows:
                next_at = _written_up_to(written, next_at, row.at)
                written.write(row.at, told.get(row.row.number) or _why_not(row, understood.asked))
                next_at += 1
            _send(out, "report", written.taken())
    if written is not None:
        _written_up_to(written, next_at, len(layout.sheet.rows))
        written.finish(lambda content: _send(out, "report", content))
    _send(out, "end", _encode({"digest": understood.digest, "counts": counts}))


def batched_rows(rows: Iterator[Judged]) -> Iterator[tuple[Judged, ...]]:
    """*rows*, so many at a time."""
    while chunk := tuple(islice(rows, CHUNK_ROWS)):
        yield chunk


def _written_up_to(report: Report, first: int, at: int) -> int:
    for place in range(first, at):
        report.write(place, None)
    return max(first, at)


def _why_not(row: Judged, asked: Asked) -> ReportRow:
    """What the report says of a row that was not sent."""
    state = {"doubtful": "com dúvidas", "wrong": "com erros"}[row.status]
    found: list[Doubt | RowError] = [*row.row.errors, *row.errors, *row.row.doubts]
    why = [
        (f"{each.column}: " if each.column else "") + each.detail.in_language(asked.language)
        for each in found
    ]
    return ReportRow("", state, " ".join(why))


def _columns(row: Judged) -> tuple[str, ...]:
    found: list[Doubt | RowError] = [*row.row.errors, *row.errors, *row.row.doubts]
    named = (each.column for each in found)
    return tuple(dict.fromkeys(column for column in named if column))


def _count(counts: Counter[str], row: Judged) -> None:
    counts["rows"] += 1
    counts[row.status] += 1
    if row.status == "ready" and row.repeats is None:
        counts["notices"] += len(row.row.notices)


def _refusal(unusable: Unusable) -> dict[str, Any]:
    return {
        "status": unusable.status,
        "code": unusable.code,
        "detail": unusable.detail,
        "errors": unusable.errors,
    }


def _send(out: BinaryIO, kind: frames.Kind, content: bytes) -> None:
    out.write(frames.write(kind, content))
    out.flush()


if __name__ == "__main__":
    main()
