"""`POST /v1/imports`: a preview of a sheet, and its confirmation. Nothing is kept between the two."""

from collections import Counter
from datetime import UTC, datetime
from typing import cast

import msgspec
from aiohttp import hdrs, web

from services.ingest.http import INTAKE, Intake, who_speaks
from services.ingest.imports.answering import Answer, confirm, preview
from services.ingest.imports.findings import Unusable
from services.ingest.imports.jobs import TOLD_BY_A_ROW, Asked, Job
from services.ingest.imports.problems import problem_of
from services.ingest.imports.sending import RowSender, Sending
from services.ingest.imports.uploads import BODY_BYTES, Parameters, Upload, read_parameters, read_upload
from services.ingest.imports.workshop import Workshop
from services.ingest.keys import Speaker
from shared.accounts import Caller
from shared.directory import Directory
from shared.http import trace_id_of
from shared.notices.envelope import Role, Sender
from shared.pressure import PRESSURE
from shared.problems import FactNotAllowed, MemberNotAllowed, language_of

WORKSHOP: web.AppKey[Workshop] = web.AppKey("workshop", Workshop)
routes = web.RouteTableDef()


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
    request.app[PRESSURE].require("imports")
    parameters = read_parameters(request.query, request.headers.get(hdrs.ACCEPT, ""))
    upload = await _upload(request, intake, key)
    received_at = datetime.now(UTC)
    asked = msgspec.structs.replace(
        permitted(caller, speaker, intake.directory.require(), parameters.member),
        mapping=upload.mapping,
        choices=upload.choices,
        backfill=parameters.backfill,
        now=received_at,
        language=language_of(request),
    )
    answer = Answer(request, asked.language)
    try:
        async with request.app[WORKSHOP].reading(_job(asked, upload, parameters), upload.file) as reader:
            del upload
            if parameters.confirm is None:
                return await preview(reader, answer)
            rows = RowSender(
                Sending(
                    publisher=intake.publisher,
                    limits=intake.limits,
                    speaker=speaker,
                    key=key,
                    sender=Sender(
                        role=cast("Role", caller.role), member=caller.member or "", key=key, door="import"
                    ),
                    environment=intake.settings.environment,
                    received_at=received_at,
                    public_url=intake.settings.public_url,
                    following=intake.following,
                    trace_id=trace_id_of(request),
                )
            )
            return await confirm(reader, answer, rows, parameters)
    except Unusable as unusable:
        if answer.began:
            raise ConnectionResetError("the worker ended in the middle of an answer") from None
        raise problem_of(unusable) from None


def _job(asked: Asked, upload: Upload, parameters: Parameters) -> Job:
    return Job(asked=asked, size=len(upload.file), confirm=parameters.confirm, report=parameters.report)


async def _upload(request: web.Request, intake: Intake, key: str) -> Upload:
    size_bytes = min(request.content_length or BODY_BYTES, BODY_BYTES)
    with intake.limits.incoming(key, size_bytes):
        return await read_upload(request)


def permitted(caller: Caller, speaker: Speaker, directory: Directory, named: str | None) -> Asked:
    """What a worker may know: no keys, and of the members only what this sender may tell for them.

    *named* is the member whose agreements they are, if the sender said so.
    """
    members = directory.member_by_id
    refusals: dict[str, dict[str, str]] = {
        member: {
            type_: code
            for type_ in TOLD_BY_A_ROW
            if (code := speaker.refusal(_Envelope(member, type_))) is not None
        }
        for member in members
    }
    if named is not None and "member_not_allowed" in refusals.get(named, {}).values():
        raise MemberNotAllowed
    usual = Counter(tuple(refused.items()) for refused in refusals.values()).most_common(1)
    most = dict(usual[0][0]) if usual else {}
    return Asked(
        now=datetime.now(UTC),
        member=named or caller.member,
        blank_member=named or (caller.member if caller.role == "member" else None),
        organisations={each.id: each.name for each in directory.members if each.kind == "organisation"},
        known=frozenset(members),
        usually_refused=most,
        refusals={member: refused for member, refused in refusals.items() if refused != most},
    )


def workshop_of(app: web.Application) -> None:
    """Give *app* its workshop, and its route."""
    app[WORKSHOP] = Workshop()
    app.router.add_routes(routes)
