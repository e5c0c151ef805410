"""What happened to an agreement since: renewed, terminated, confirmed, taken back, asked, answered."""

from typing import Any

from aiohttp import hdrs, web

from services.ingest.pages.asking import Errors, take, typed_in
from services.ingest.pages.members import whose
from services.ingest.pages.questions import Question
from services.ingest.pages.showing import form_page
from services.ingest.pages.steps import STEPS, TOLD_HERE, questions_of
from services.ingest.pages.telling import common, event_of
from services.ingest.pages.typed import OPEN_ENDED, Reading, Typed
from shared.accounts import Caller
from shared.doors import Handler
from shared.notices.protocol import tidy
from shared.problems import NotFound


async def tell_fact(request: web.Request, caller: Caller) -> web.StreamResponse:
    """`/registrar/fato`: whichever fact the field `type` names."""
    typed = await typed_in(request)
    name = typed.one("type")
    if name not in TOLD_HERE:
        raise NotFound
    return await _told(request, caller, typed, name)


def teller(name: str) -> Handler:
    """An address that tells one fact alone."""

    async def tell_it(request: web.Request, caller: Caller) -> web.StreamResponse:
        return await _told(request, caller, await typed_in(request), name)

    return tell_it


async def _told(request: web.Request, caller: Caller, typed: Typed, name: str) -> web.StreamResponse:
    """The form for the fact *name*; or, posted with its answers, the receipt."""
    questions = questions_of(name, typed.one("gate"))
    carried = common(typed)
    member = whose(request, caller, typed)

    def show(errors: Errors, status: int) -> web.Response:
        return form_page(
            request,
            "registrar/fact.html",
            {
                "fact": name,
                "step": STEPS[name],
                "questions": questions,
                "typed": typed,
                "carried": {**carried, "member": member.id},
                "member": member.member,
                "errors": errors,
                "asked": typed.one("question"),
                "digest": typed.one("document.sha256"),
            },
            asked=questions,
            status=status,
        )

    is_opened = any(question.required for question in questions) and not any(
        _is_answered(typed, question) for question in questions
    )
    if request.method != hdrs.METH_POST or is_opened:
        return show({}, 200)
    reading = Reading(typed, questions)
    event = event_of(
        f"agreement.{name}",
        member.id,
        carried["subject"] or _subject_of_retracted(name, typed),
        _data(name, typed, reading.data),
        once=carried["once"],
    )
    return await take(
        request,
        caller,
        event,
        show=show,
        place=reading.field_of,
        title=carried["title"],
        back=carried["back"],
    )


def _data(name: str, typed: Typed, data: dict[str, Any]) -> dict[str, Any]:
    """*data* with what no question shows: a stored document's digest; a protocol as it is read out."""
    digest = typed.one("document.sha256")
    if name == "document_attached" and digest:
        return {**data, "document": {**data.get("document", {}), "sha256": digest}}
    if name == "retracted" and "notice" in data:
        return {**data, "notice": tidy(data["notice"])}
    return data


def _subject_of_retracted(name: str, typed: Typed) -> str:
    """An agreement that was told without a reference is known by the protocol of its first notice."""
    return tidy(typed.one("notice")) if name == "retracted" else ""


def _is_answered(typed: Typed, question: Question) -> bool:
    if question.name == "ends_on" and typed.one(OPEN_ENDED):
        return True
    if question.parts:
        return any(f"{question.name}.{part.name}" in typed for part in question.parts)
    return question.name in typed and question.name not in {"gate", "notice"}
