"""`POST /v1/imports`: a preview of a sheet, and its confirmation. Nothing is kept between the two."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec
import structlog
from aiohttp import hdrs, web

from services.ingest.http import INTAKE, Intake, who_speaks
from services.ingest.imports.findings import Unusable
from services.ingest.imports.preview import Asked
from services.ingest.imports.problems import FileChanged, problem_of
from services.ingest.imports.report import Told as ReportRow
from services.ingest.imports.sending import SEND_AGAIN, SPOKEN, RowSender, Sending, Told, receipt
from services.ingest.imports.terms import FIRST_TELLINGS, FURTHER
from services.ingest.imports.uploads import (
    CSV_TYPE,
    XLSX_TYPE,
    Parameters,
    Upload,
    read_parameters,
    read_upload,
)
from services.ingest.imports.worker import Chunk, Job
from services.ingest.imports.worker import Sending as Row
from services.ingest.imports.workshop import Reader, Workshop
from services.ingest.keys import Speaker
from shared.accounts import Caller
from shared.directory import Directory
from shared.notices import sheetrows
from shared.notices.envelope import Role, Sender
from shared.notices.sentences import Language
from shared.problems import (
    FactNotAllowed,
    MemberNotAllowed,
    OutcomeUnknown,
    Problem,
    Unavailable,
    language_of,
)

log = structlog.get_logger()

WORKSHOP: web.AppKey[Workshop] = web.AppKey("workshop", Workshop)
routes = web.RouteTableDef()

_TYPES: Final = (*FIRST_TELLINGS, *FURTHER)
_CONTENT_LANGUAGE: Final = {"pt": "pt-BR", "en": "en"}
_MEDIA_TYPES: Final = {"csv": f"{CSV_TYPE}; charset=utf-8", "xlsx": XLSX_TYPE}
_read_chunk = msgspec.json.Decoder(Chunk).decode
_encode = msgspec.json.Encoder().encode


class _Envelope(msgspec.Struct, frozen=True):
    """As much of an event as says who may send it."""

    member: str
    type: str
    source: str | None = None


@routes.post("/v1/imports")
async def post_imports(request: web.Request) -> web.StreamResponse:
    """200 with what each row will become; or, confirmed by its digest, 202 with a receipt for each notice."""
    intake = request.app[INTAKE]
    caller, key, speaker = await who_speaks(request, intake)
    if caller.role not in {"member", "coordination"}:
        raise FactNotAllowed
    parameters = read_parameters(request.query, request.headers.get(hdrs.ACCEPT, ""))
    upload = await _upload(request, intake, key)
    received_at = datetime.now(UTC)
    language = language_of(request)
    asked = _asked(intake.directory.require(), caller, speaker, parameters, upload, received_at, language)
    job = Job(asked=asked, size=len(upload.file), confirm=parameters.confirm, report=parameters.report)
    answer = _Answer(request, job, intake.settings.public_url)
    try:
        async with request.app[WORKSHOP].reading(job, upload.file) as reader:
            del upload
            if parameters.confirm is None:
                return await answer.preview(reader)
            sender = Sender(
                role=cast("Role", caller.role), member=caller.member or "", key=key, door="import"
            )
            environment = intake.settings.environment
            sending = Sending(intake.publisher, intake.limits, speaker, key, sender, environment, received_at)
            return await answer.confirm(reader, RowSender(sending))
    except Unusable as unusable:
        if answer.began:
            raise ConnectionResetError("the worker ended in the middle of an answer") from None
        raise problem_of(unusable) from None


async def _upload(request: web.Request, intake: Intake, key: str) -> Upload:
    size = min(request.content_length or 24 * 1024 * 1024, 24 * 1024 * 1024)
    with intake.limits.incoming(key, size):
        return await read_upload(request)


def _asked(
    directory: Directory,
    caller: Caller,
    speaker: Speaker,
    parameters: Parameters,
    upload: Upload,
    now: datetime,
    language: Language,
) -> Asked:
    """What the worker needs to know: no keys, and of the members only what this sender may say for them."""
    members = directory.member_by_id
    refusals = {
        member: {
            type_: code for type_ in _TYPES if (code := speaker.refusal(_Envelope(member, type_))) is not None
        }
        for member in members
    }
    if parameters.member is not None and "member_not_allowed" in refusals.get(parameters.member, {}).values():
        raise MemberNotAllowed
    usual = Counter(tuple(refused.items()) for refused in refusals.values()).most_common(1)
    most = dict(usual[0][0]) if usual else {}
    return Asked(
        mapping=upload.mapping,
        choices=upload.choices,
        member=parameters.member or caller.member,
        blank_member=parameters.member or (caller.member if caller.role == "member" else None),
        backfill=parameters.backfill,
        now=now,
        language=language,
        organisations={each.id: each.name for each in directory.members if each.kind == "organisation"},
        known=frozenset(members),
        usually_refused=most,
        refusals={member: refused for member, refused in refusals.items() if refused != most},
    )


class _Answer:
    """The answer to one import, begun only when it is known that it will not be a problem."""

    def __init__(self, request: web.Request, job: Job, public_url: str) -> None:
        self._request = request
        self._job = job
        self._public_url = public_url
        self._language: Language = job.asked.language
        self._response: web.StreamResponse | None = None

    @property
    def began(self) -> bool:
        """Whether something of it has gone out."""
        return self._response is not None

    async def _write(self, content: bytes, status: int = 200) -> None:
        if self._response is None:
            report = self._job.report if self._job.confirm is not None else None
            headers = {
                hdrs.CONTENT_TYPE: "application/json" if report is None else _MEDIA_TYPES[report],
                hdrs.CONTENT_LANGUAGE: _CONTENT_LANGUAGE[self._language],
                hdrs.CACHE_CONTROL: "no-store",
            }
            if report is not None:
                headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="malha-recibos.{report}"'
            self._response = web.StreamResponse(status=status, headers=headers)
            await self._response.prepare(self._request)
        await self._response.write(content)

    async def _end(self) -> web.StreamResponse:
        if self._response is None:
            await self._write(b"")
        response = cast("web.StreamResponse", self._response)
        await response.write_eof()
        return response

    async def preview(self, reader: Reader) -> web.StreamResponse:
        """Pass on what the worker says."""
        async for kind, content in reader.answers():
            if kind == "body":
                await self._write(content)
        return await self._end()

    async def confirm(self, reader: Reader, rows: RowSender) -> web.StreamResponse:
        """Send the rows as they come, and tell at once what became of each."""
        as_json = self._job.report is None
        skipped: list[bytes] = []
        unsettled: list[int] = []
        outcomes: Counter[str] = Counter()
        stopped: Problem | None = None
        counts: dict[str, Any] = {}
        receipts = 0
        async for kind, content in reader.answers():
            if kind == "report":
                if content:
                    await self._write(content, 202)
            elif kind == "end":
                counts = self._counts(content)
            elif kind == "rows":
                chunk = _read_chunk(content)
                skipped.extend(_encode(row) for row in chunk.skipped)
                sent: list[list[Told]] = []
                if stopped is None:
                    try:
                        sent = await rows.send([(row.notices, row.told_as) for row in chunk.ready])
                    except (OutcomeUnknown, Unavailable) as problem:
                        if not self.began:
                            raise
                        stopped = problem
                if stopped is not None:
                    unsettled.extend(row.row for row in chunk.ready)
                lines = [
                    _encode(receipt(told, row.row, self._public_url))
                    for row, told_rows in zip(chunk.ready, sent, strict=False)
                    for told in told_rows
                    if told.state != "refused"
                ]
                outcomes.update(told.state for told_rows in sent for told in told_rows)
                unsettled.extend(
                    row.row
                    for row, told_rows in zip(chunk.ready, sent, strict=False)
                    if any(told.state == "accepted" for told in told_rows)
                )
                if as_json:
                    head = (
                        b"" if self.began else b'{"digest":' + _encode(self._job.confirm) + b',"receipts":['
                    )
                    await self._write(head + (b"," if receipts and lines else b"") + b",".join(lines), 202)
                    receipts += len(lines)
                else:
                    await reader.tell(
                        {row.row: self._told(row, told) for row, told in zip(chunk.ready, sent, strict=False)}
                    )
        if as_json:
            if not self.began:
                await self._write(b'{"digest":' + _encode(self._job.confirm) + b',"receipts":[', 202)
            tail: dict[str, Any] = {"unsettled": unsettled, "counts": {**counts, **outcomes}}
            if unsettled:
                tail["note"] = SEND_AGAIN.in_language(self._language)
            if stopped is not None:
                tail["problem"] = stopped.body(self._language)
            await self._write(b'],"skipped":[' + b",".join(skipped) + b"]," + _encode(tail)[1:])
        log.info("import_confirmed", digest=self._job.confirm, **counts, **outcomes)
        return await self._end()

    def _counts(self, content: bytes) -> dict[str, Any]:
        told = msgspec.json.decode(content, type=dict[str, Any])
        if told["digest"] != self._job.confirm:
            raise FileChanged(extra={"digest": told["digest"]})
        return dict(told["counts"])

    def _told(self, row: Row, told: list[Told]) -> ReportRow:
        """What the report says of a row: its protocol is that under which it was told first."""
        first = row.notices[0]
        protocol = row.told_as or sheetrows.protocol(first["member"], first["id"])
        states = dict.fromkeys(SPOKEN[each.state].in_language(self._language) for each in told)
        remarks = [remark for each in told for remark in each.remarks]
        remarks += [f"{each.delivery.notice.protocol}." for each in told if each.state == "corrected"]
        if any(each.state == "accepted" for each in told):
            remarks.append(SEND_AGAIN.in_language(self._language))
        return ReportRow(protocol, "; ".join(states), " ".join(remarks))


def workshop_of(app: web.Application) -> None:
    """Give *app* its workshop, and its route."""
    app[WORKSHOP] = Workshop()
    app.router.add_routes(routes)
