"""`/registrar`: an agreement in five answers, the rest whenever somebody finds the time."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from services.ingest.pages.asking import Errors, take, typed_in
from services.ingest.pages.members import Whose, whose
from services.ingest.pages.questions import (
    AGREEMENT,
    DETAILS,
    DOCUMENTS,
    INSTRUMENT,
    MEMBER,
    PARTNERS,
    SIGNED_ON,
    SUBJECT,
    TITLE,
)
from services.ingest.pages.showing import form_page
from services.ingest.pages.telling import common, event_of
from services.ingest.pages.typed import Reading, Typed
from shared.accounts import Caller
from shared.doors import is_own_path
from shared.notices.dates import ReducedDate, day_of
from shared.notices.findings import FieldError

NOT_KNOWN: Final = "OUT"
"""The instrument of who does not know; the coordination classifies it later."""
TEXT_OF_AGREEMENT: Final = "acordo"
NEWS: Final = timedelta(days=30)
"""What was signed longer ago is told as something that exists already."""
_PLACES: Final = {"partners": "partners.0.name"}


async def ask(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The form, with what the address already answers."""
    typed = await typed_in(request)
    return _form(request, caller, typed, whose(request, caller, typed), {}, status=200)


async def register(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Tell the agreement; or the form again, with what is missing and all that was typed."""
    typed = await typed_in(request)
    member = whose(request, caller, typed)
    carried = common(typed)
    reading = Reading(typed, AGREEMENT)
    data = _completed(reading.data)
    fact = _fact(typed, data)
    if fact == "agreement.negotiation_opened":
        data.pop("signed_on", None)
    event = event_of(fact, member.id, carried["subject"], data, once=carried["once"])

    def show(errors: Errors, status: int) -> web.Response:
        return _form(request, caller, typed, member, errors, status=status)

    def place(error: FieldError) -> str:
        found = reading.field_of(error)
        return _PLACES.get(found, found)

    return await take(request, caller, event, show=show, place=place, back=carried["back"])


def _completed(data: dict[str, Any]) -> dict[str, Any]:
    """*data* with what the five answers leave unsaid: an unknown instrument, what the link leads to."""
    told = {"instrument": NOT_KNOWN, **data}
    if "documents" in told:
        told["documents"] = [{"kind": TEXT_OF_AGREEMENT, **document} for document in told["documents"]]
    return told


def _fact(typed: Typed, data: dict[str, Any]) -> str:
    if typed.one("state") == "negotiating":
        return "agreement.negotiation_opened"
    today = day_of(datetime.now(UTC))
    try:
        signed_on = ReducedDate.parse(str(data.get("signed_on", "")))
    except ValueError:
        return "agreement.reported"
    return "agreement.signed" if signed_on.first_day >= today - NEWS else "agreement.reported"


def _form(
    request: web.Request, caller: Caller, typed: Typed, member: Whose, errors: Errors, *, status: int
) -> web.Response:
    back = typed.one("back") or typed.one("de")
    return form_page(
        request,
        "registrar/register.html",
        {
            "typed": typed,
            "whose": member,
            "errors": errors,
            "back": back if is_own_path(back) else "",
            "five": {
                "member": MEMBER,
                "title": TITLE,
                "partners": PARTNERS,
                "instrument": INSTRUMENT,
                "signed_on": SIGNED_ON,
                "documents": DOCUMENTS,
                "subject": SUBJECT,
            },
            "groups": DETAILS,
            "is_coordination": caller.role == "coordination",
            "is_more_open": _is_more_open(typed, errors),
        },
        asked=(MEMBER, SUBJECT, *AGREEMENT),
        status=status,
    )


def _is_more_open(typed: Typed, errors: Errors) -> bool:
    """Whether something beyond the five answers is filled in, or wrong."""
    names = tuple(question.name for group in DETAILS for question in group.questions)
    further = (*names, SUBJECT.name, "partners.1", "partners.2")
    return any(name.startswith(further) for name in errors) or any(
        value.strip() and name.startswith(further) for name, value in typed.items()
    )
