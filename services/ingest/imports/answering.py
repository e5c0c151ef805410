"""The answers to an import, streamed: begun only when it is known that they will not be a problem."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import structlog
from aiohttp import hdrs, web

from services.ingest.imports.jobs import Chunk, ReadyRow, ReportRow, SkippedRow
from services.ingest.imports.problems import FileChanged
from services.ingest.imports.sending import CORRECTED_AS, SEND_AGAIN, SPOKEN, RowSender, Told
from services.ingest.imports.uploads import CSV_TYPE, XLSX_TYPE, Parameters
from services.ingest.imports.workshop import Reader
from shared.notices import sheetrows
from shared.notices.sentences import Language
from shared.problems import OutcomeUnknown, Problem, Unavailable

log = structlog.get_logger()

_CONTENT_LANGUAGE: Final = {"pt": "pt-BR", "en": "en"}
_REPORT_TYPES: Final = {"csv": f"{CSV_TYPE}; charset=utf-8", "xlsx": XLSX_TYPE}
_ACCEPTED: Final = 202
_read_chunk = msgspec.json.Decoder(Chunk).decode
_encode = msgspec.json.Encoder().encode


class Answer:
    """A streamed answer. Its status and headers go out with its first bytes."""

    def __init__(self, request: web.Request, language: Language) -> None:
        self._request = request
        self.language: Language = language
        self._response: web.StreamResponse | None = None

    @property
    def began(self) -> bool:
        """Whether something of it has gone out."""
        return self._response is not None

    async def write(self, content: bytes, *, status: int = 200, report: str | None = None) -> None:
        """Send *content*, as JSON or as part of a *report* (``csv``, ``xlsx``)."""
        if self._response is None:
            headers = {
                hdrs.CONTENT_TYPE: "application/json" if report is None else _REPORT_TYPES[report],
                hdrs.CONTENT_LANGUAGE: _CONTENT_LANGUAGE[self.language],
                hdrs.CACHE_CONTROL: "no-store",
            }
            if report is not None:
                headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="malha-recibos.{report}"'
            self._response = web.StreamResponse(status=status, headers=headers)
            await self._response.prepare(self._request)
        await self._response.write(content)

    async def end(self) -> web.StreamResponse:
        """Close it."""
        if self._response is None:
            raise ConnectionResetError("the worker ended before it said anything")
        await self._response.write_eof()
        return self._response


async def preview(reader: Reader, answer: Answer) -> web.StreamResponse:
    """Pass on what the worker says of each row."""
    async for kind, content in reader.answers():
        if kind == "body":
            await answer.write(content)
    return await answer.end()


async def confirm(
    reader: Reader, answer: Answer, rows: RowSender, parameters: Parameters
) -> web.StreamResponse:
    """Send the rows as the worker gives them, and tell at once what became of each."""
    told = _Receipts(answer, rows) if parameters.report is None else _Report(answer, rows, parameters.report)
    async for kind, content in reader.answers():
        if kind == "rows":
            chunk = _read_chunk(content)
            sent = await told.send(chunk.ready)
            await told.tell(reader, chunk, sent)
        elif kind == "report":
            await told.pass_on(content)
        elif kind == "end":
            end = msgspec.json.decode(content, type=dict[str, Any])
            if end["digest"] != parameters.confirm:
                raise FileChanged(extra={"digest": end["digest"]})
            await told.close(end["digest"], end["counts"])
    return await answer.end()


class _Confirmation:
    """What became of the rows of one file."""

    def __init__(self, answer: Answer, rows: RowSender) -> None:
        self._answer = answer
        self._rows = rows
        self._stopped: Problem | None = None
        self._outcomes: Counter[str] = Counter()
        self._unsettled: list[int] = []

    async def send(self, ready: Sequence[ReadyRow]) -> list[list[Told]]:
        """What became of each of *ready*; nothing after the broker failed us, which ends in `unsettled`."""
        sent: list[list[Told]] = []
        if self._stopped is None:
            try:
                sent = await self._rows.send([(row.notices, row.told_as) for row in ready])
            except (OutcomeUnknown, Unavailable) as problem:
                if not self._answer.began:
                    raise
                self._stopped = problem
        self._outcomes.update(told.state for row in sent for told in row)
        if self._stopped is not None:
            self._unsettled.extend(row.row for row in ready)
        for row, told in zip(ready, sent, strict=False):
            if any(each.state == "accepted" for each in told):
                self._unsettled.append(row.row)
        return sent

    async def tell(self, reader: Reader, chunk: Chunk, sent: Sequence[Sequence[Told]]) -> None:
        """Tell the sender, or the worker, what became of a chunk's rows."""

    async def pass_on(self, content: bytes) -> None:
        """Pass on a piece of the report."""

    async def close(self, digest: str, counts: dict[str, int]) -> None:
        """Tell what concerns the whole file."""
        log.info(
            "import_confirmed", digest=digest, **counts, **{f"rows_{k}": n for k, n in self._outcomes.items()}
        )


class _Receipts(_Confirmation):
    """The answer in JSON: {"receipts", "skipped", "unsettled", "counts", "digest"}."""

    def __init__(self, answer: Answer, rows: RowSender) -> None:
        super().__init__(answer, rows)
        self._skipped: list[bytes] = []
        self._receipts = 0

    async def tell(self, reader: Reader, chunk: Chunk, sent: Sequence[Sequence[Told]]) -> None:  # noqa: ARG002
        """A receipt for each notice that was sent."""
        refused = [
            row.row for row, told in zip(chunk.ready, sent, strict=False) if told[0].state == "refused"
        ]
        skipped = [*chunk.skipped, *(SkippedRow(row, "refused", ()) for row in refused)]
        self._skipped.extend(_encode(row) for row in skipped)
        receipts = [
            _encode(self._rows.receipt(each, row.row))
            for row, told in zip(chunk.ready, sent, strict=False)
            for each in told
            if each.state != "refused"
        ]
        if receipts:
            opening = b"," if self._receipts else b'{"receipts":['
            await self._answer.write(opening + b",".join(receipts), status=_ACCEPTED)
            self._receipts += len(receipts)

    async def close(self, digest: str, counts: dict[str, int]) -> None:
        """What was not sent, or not settled, and how many there are of each."""
        await super().close(digest, counts)
        tail: dict[str, Any] = {
            "digest": digest,
            "unsettled": self._unsettled,
            "counts": {**counts, **self._outcomes},
        }
        if self._unsettled:
            tail["note"] = SEND_AGAIN.in_language(self._answer.language)
        if self._stopped is not None:
            tail["problem"] = self._stopped.body(self._answer.language)
        opening = b"" if self._receipts else b'{"receipts":['
        skipped = b'],"skipped":[' + b",".join(self._skipped) + b"],"
        await self._answer.write(opening + skipped + _encode(tail)[1:], status=_ACCEPTED)


class _Report(_Confirmation):
    """The answer as the sheet itself, which the worker writes."""

    def __init__(self, answer: Answer, rows: RowSender, form: str) -> None:
        super().__init__(answer, rows)
        self._form = form

    async def tell(self, reader: Reader, chunk: Chunk, sent: Sequence[Sequence[Told]]) -> None:
        """Tell the worker what it shall write beside each row."""
        told = {row.row: self._of(row, each) for row, each in zip(chunk.ready, sent, strict=False)}
        if self._stopped is not None:
            state = self._stopped.title.in_language(self._answer.language)
            detail = self._stopped.detail.in_language(self._answer.language)
            told = {row.row: ReportRow("", state, detail) for row in chunk.ready}
        await reader.tell(told)

    async def pass_on(self, content: bytes) -> None:
        """Pass on a piece of the report."""
        if content:
            await self._answer.write(content, status=_ACCEPTED, report=self._form)

    def _of(self, row: ReadyRow, told: Sequence[Told]) -> ReportRow:
        """What the report says of a row: its protocol is that under which it was told first."""
        language = self._answer.language
        first = row.notices[0]
        protocol = row.told_as or sheetrows.protocol(first["member"], first["id"])
        states = dict.fromkeys(SPOKEN[each.state].in_language(language) for each in told)
        remarks = [remark.in_language(language) for each in told for remark in each.remarks]
        remarks += [
            CORRECTED_AS.format(protocol=each.delivery.notice.protocol).in_language(language)
            for each in told
            if each.state == "corrected"
        ]
        if any(each.state == "accepted" for each in told):
            remarks.append(SEND_AGAIN.in_language(language))
        return ReportRow(protocol, "; ".join(states), " ".join(remarks))
