"""`/registrar/planilha`: a sheet is chosen, previewed, answered, sent, and given back. Nothing is kept here.

The page carries along what it needs for the next step: a small sheet itself, and the answers so far.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from aiohttp import web

from services.ingest.http import INTAKE
from services.ingest.imports.answering import Answer, confirm
from services.ingest.imports.findings import Unusable
from services.ingest.imports.http import WORKSHOP, permitted
from services.ingest.imports.jobs import Asked, Job
from services.ingest.imports.problems import FileChanged, problem_of
from services.ingest.imports.sending import RowSender, Sending
from services.ingest.imports.uploads import Parameters
from services.ingest.pages.asking import FORM, Errors
from services.ingest.pages.members import Whose, whose
from services.ingest.pages.previews import Preview, answers, mapping
from services.ingest.pages.questions import MEMBER
from services.ingest.pages.showing import form_page
from services.ingest.pages.telling import (
    PEOPLE,
    count_request,
    name_of_caller,
    sender_of,
    speaker_of,
)
from services.ingest.pages.typed import Typed
from services.ingest.pages.uploaded import FILE, Sheet, carried, read_sheet
from shared import web as look
from shared.accounts import Caller
from shared.http import trace_id_of
from shared.pressure import PRESSURE
from shared.problems import Problem

_MOST_RECEIPTS: Final = 200


class _Outcome(msgspec.Struct, frozen=True):
    """A receipt of a row, as much of it as the page shows."""

    row: int
    protocol: str
    outcome: str


class _Skipped(msgspec.Struct, frozen=True):
    row: int
    status: str


class _Sent(msgspec.Struct, frozen=True):
    """What became of a sheet."""

    receipts: list[_Outcome]
    skipped: list[_Skipped]
    counts: dict[str, int]
    unsettled: list[int] = []
    note: str = ""
    problem: dict[str, Any] = {}


class _Gathered(Answer):
    """An answer that is kept for a page, instead of going out as it is."""

    def __init__(self, request: web.Request) -> None:
        super().__init__(request, look.page_language(request))
        self.content = bytearray()

    @property
    def began(self) -> bool:
        """Whether some of it is there."""
        return bool(self.content)

    async def write(self, content: bytes, *, status: int = 200, report: str | None = None) -> None:  # noqa: ARG002
        """Keep *content*."""
        self.content += content

    async def end(self) -> web.StreamResponse:
        """It is all there."""
        return web.Response()


async def ask(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Where the sheet is chosen."""
    typed = Typed(request.query.items())
    return _asked(request, whose(request, caller, typed), {}, 200)


async def take(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The preview of the sheet that came; or, once it is confirmed, what became of each row."""
    count_request(request, caller)
    request.app[PRESSURE].require("imports")
    intake = request.app[INTAKE]
    with intake.limits.incoming(name_of_caller(caller), request.content_length or 0):
        sheet = await read_sheet(request)
    member = whose(request, caller, sheet.typed)
    if sheet.content is None:
        missing = look.words_of(request).gettext("Escolha a planilha de novo.")
        return _asked(request, member, {FILE: missing}, 422)
    return await _Upload(request, caller, sheet, sheet.content, member).answer()


class _Upload:
    """One sheet in hand."""

    def __init__(
        self, request: web.Request, caller: Caller, sheet: Sheet, content: bytes, member: Whose
    ) -> None:
        self._request = request
        self._caller = caller
        self._typed = sheet.typed
        self._name = sheet.name
        self._content = content
        self._member = member
        self._choices = answers(sheet.typed)
        self._mapping = mapping(sheet.typed)
        self._now = datetime.now(UTC)

    async def answer(self) -> web.StreamResponse:
        """What the pressed button asks for. A sheet that cannot be read leads back to where it is chosen."""
        step = self._typed.one("step")
        try:
            if step == "send":
                return await self._sent()
            if step == "report":
                return await self._report()
            return await self._previewed({})
        except FileChanged:
            changed = look.words_of(self._request).gettext("A planilha não é a que foi conferida. Confira-a.")
            return await self._previewed({FORM: changed})
        except Unusable as unusable:
            problem = problem_of(unusable)
            return _asked(self._request, self._member, {FILE: self._spoken(problem)}, problem.status)

    def _spoken(self, problem: Problem) -> str:
        return problem.detail.in_language(look.page_language(self._request))

    def _job(self, confirm_digest: str | None, report: str | None = None) -> Job:
        request = self._request
        speaker = speaker_of(request, self._caller)
        named = self._typed.one("member") and self._member.id
        permission = permitted(self._caller, speaker, request.app[INTAKE].directory.require(), named or None)
        asked: Asked = msgspec.structs.replace(
            permission,
            mapping=self._mapping,
            choices=self._choices,
            backfill=not self._typed.one("news"),
            now=self._now,
            language=look.page_language(request),
        )
        return Job(asked=asked, size=len(self._content), confirm=confirm_digest, report=report)

    async def _previewed(self, errors: Errors) -> web.StreamResponse:
        preview = Preview(look.page_language(self._request))
        async with self._request.app[WORKSHOP].reading(self._job(None), self._content) as reader:
            async for kind, piece in reader.answers():
                if kind == "body":
                    preview.take(piece)
        return form_page(
            self._request,
            "registrar/preview.html",
            {"preview": preview, "fields": _fields(self._request), "errors": errors, **self._carried()},
            asked=(MEMBER,),
        )

    async def _sent(self) -> web.StreamResponse:
        answer = _Gathered(self._request)
        await self._confirm(answer, None)
        sent = msgspec.json.decode(answer.content, type=_Sent)
        return form_page(
            self._request,
            "registrar/sent.html",
            {
                "sent": sent,
                "receipts": sent.receipts[:_MOST_RECEIPTS],
                "further": max(0, len(sent.receipts) - _MOST_RECEIPTS),
                "errors": {},
                "digest": self._typed.one("digest"),
                **self._carried(),
            },
        )

    async def _report(self) -> web.StreamResponse:
        """The sheet itself, with what became of each row: whoever sends it twice repeats nothing."""
        return await self._confirm(Answer(self._request, look.page_language(self._request)), "xlsx")

    async def _confirm(self, answer: Answer, report: str | None) -> web.StreamResponse:
        request, digest = self._request, self._typed.one("digest")
        intake = request.app[INTAKE]
        rows = RowSender(
            Sending(
                publisher=intake.publisher,
                limits=request.app[PEOPLE],
                speaker=speaker_of(request, self._caller),
                key=name_of_caller(self._caller),
                sender=sender_of(self._caller, "import"),
                environment=intake.settings.environment,
                received_at=self._now,
                public_url=intake.settings.public_url,
                following=intake.following,
                trace_id=trace_id_of(request),
            )
        )
        parameters = Parameters(digest, None, not self._typed.one("news"), report)
        async with request.app[WORKSHOP].reading(self._job(digest, report), self._content) as reader:
            return await confirm(reader, answer, rows, parameters)

    def _carried(self) -> dict[str, Any]:
        """What the next step needs of this one."""
        return {
            "name": self._name,
            "file": carried(self._content),
            "member": self._typed.one("member") and self._member.id,
            "news": self._typed.one("news"),
            "answered": msgspec.json.encode(self._choices).decode(),
            "mapping": msgspec.json.encode(self._mapping).decode(),
        }


def _asked(request: web.Request, member: Whose, errors: Errors, status: int) -> web.Response:
    return form_page(
        request,
        "registrar/sheet.html",
        {"whose": member, "errors": errors},
        asked=(MEMBER,),
        status=status,
    )


def _fields(request: web.Request) -> Mapping[str, str]:
    """What a column may tell, in words."""
    from services.ingest.imports.fields import FIELDS, IGNORED  # noqa: PLC0415 (read from files: for who sends sheets)

    language = look.page_language(request)
    return {
        name: field.meaning.in_language(language) for name, field in FIELDS.items() if name not in IGNORED
    }
