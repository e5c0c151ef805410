"""`/registrar/nada-a-declarar`: one click, and the dated statement that transparency rules ask for."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from services.ingest.pages.asking import FORM, Errors, take, typed_in
from services.ingest.pages.members import Whose, whose
from services.ingest.pages.questions import MEMBER
from services.ingest.pages.showing import form_page
from services.ingest.pages.telling import common, event_of
from services.ingest.pages.typed import Typed
from shared.accounts import Caller
from shared.notices.dates import day_of
from shared.notices.findings import FieldError

FACT: Final = "municipality.nothing_to_declare"


async def ask(request: web.Request, caller: Caller) -> web.StreamResponse:
    """What is declared, and a button."""
    typed = await typed_in(request)
    return _form(request, _municipality(request, caller, typed), {}, 200)


async def declare(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Tell it, as of today. On one day a municipality says it once, however often somebody presses."""
    typed = await typed_in(request)
    member = _municipality(request, caller, typed)
    today = day_of(datetime.now(UTC)).isoformat()
    event = event_of(FACT, member.id, "", {"as_of": today}, once=f"nada-{today}")

    def show(errors: Errors, status: int) -> web.Response:
        return _form(request, member, errors, status)

    return await take(request, caller, event, show=show, place=_place, back=common(typed)["back"])


def _place(error: FieldError) -> str:
    return "member" if error.pointer == "/member" else FORM


def _municipality(request: web.Request, caller: Caller, typed: Typed) -> Whose:
    """Only municipalities declare; whoever speaks for several says for which."""
    found = whose(request, caller, typed)
    choices = [member for member in found.choices if member.kind == "municipality"]
    member = found.member if found.member in choices else None
    if member is None and len(choices) == 1 and not typed.one("member"):
        member = choices[0]
    return Whose(member, found.typed, choices)


def _form(request: web.Request, member: Whose, errors: Errors, status: int) -> web.Response:
    return form_page(
        request,
        "registrar/nothing.html",
        {"whose": member, "errors": errors, "today": day_of(datetime.now(UTC))},
        asked=(MEMBER,),
        status=status,
    )
