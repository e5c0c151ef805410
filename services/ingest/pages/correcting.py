"""`/registrar/corrigir`: the whole form with what is known in it; what was typed over it is told.

Ingest knows no agreement: the page that asks hands over what it shows, in the field `before`.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import web

from services.ingest.pages.asking import FORM, Errors, take, typed_in
from services.ingest.pages.days import day_told
from services.ingest.pages.members import whose
from services.ingest.pages.questions import (
    AGREEMENT,
    DETAILS,
    DOCUMENTS,
    INSTRUMENT,
    PARTNERS,
    REASON,
    SIGNED_ON,
    SINCE,
    TITLE,
)
from services.ingest.pages.showing import form_page
from services.ingest.pages.telling import common, event_of
from services.ingest.pages.typed import Reading, Typed, changes, shown
from shared import web as look
from shared.accounts import Caller
from shared.notices.findings import FieldError
from shared.problems import BadJson

UNDER: Final = "changes."
_INVALID: Final = 422
_NEVER_EMPTY: Final = {"title": "title", "partners": "partners.0.name", "instrument": "instrument"}
"""What an agreement is never without, and where a form says so."""


async def ask(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """Where a correction begins: on the agreement's page."""
    return form_page(request, "registrar/correct_from.html", {})


async def correct(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The form, filled in; or what was changed in it, told."""
    typed = await typed_in(request)
    return await _Correction(request, caller, typed).answer()


class _Correction:
    """One agreement's data, as they are and as they should be."""

    def __init__(self, request: web.Request, caller: Caller, typed: Typed) -> None:
        self._request = request
        self._caller = caller
        self._typed = typed
        self._member = whose(request, caller, typed)
        self._carried = common(typed)
        self._before = _before(typed)
        self._reading = Reading(typed, AGREEMENT, UNDER)
        self._is_whole = bool(typed.one("whole"))
        """Whether the whole form was filled in; otherwise only what is named is changed."""

    async def answer(self) -> web.StreamResponse:
        """What the form, or whoever sent it on, asks for."""
        if not self._is_whole and not self._reading.data and not self._typed.all("clear"):
            return self._form(shown(self._before, AGREEMENT, UNDER), {}, 200)
        changed = self._changed()
        if wrong := self._missing(changed):
            return self._again(wrong, _INVALID)
        fact, data = self._fact(changed)
        event = event_of(fact, self._member.id, self._carried["subject"], data, once=self._carried["once"])
        return await take(
            self._request,
            self._caller,
            event,
            show=self._again,
            place=self._place,
            title=self._carried["title"],
            back=self._carried["back"],
        )

    def _changed(self) -> dict[str, Any]:
        if self._is_whole:
            return changes(self._before, self._reading.data, AGREEMENT)
        return {**dict.fromkeys(self._typed.all("clear")), **self._reading.data}

    def _missing(self, changed: Mapping[str, Any]) -> dict[str, str]:
        say = look.words_of(self._request)
        wrong = {
            UNDER + place: say.gettext("Falta responder aqui.")
            for name, place in _NEVER_EMPTY.items()
            if name in changed and changed[name] is None
        }
        if not changed:
            wrong[FORM] = say.gettext("Nada foi mudado. Corrija ao menos um campo.")
        if self._is_amended and not self._typed.one("effective_on"):
            wrong["effective_on"] = say.gettext("Diga desde que dia é assim.")
        return wrong

    @property
    def _is_amended(self) -> bool:
        """It was otherwise before: from a day on it is so."""
        return self._typed.one("since") == "day"

    def _fact(self, changed: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        data: dict[str, Any] = {"changes": changed}
        if reason := self._typed.one("reason"):
            data["reason"] = reason
        if not self._is_amended:
            return "agreement.corrected", data
        return "agreement.amended", {**data, "effective_on": day_told(self._typed.one("effective_on"))}

    def _place(self, error: FieldError) -> str:
        found = self._reading.field_of(error)
        name = found.removeprefix(UNDER)
        return UNDER + _NEVER_EMPTY.get(name, name) if found.startswith(UNDER) else found

    def _again(self, errors: Errors, status: int) -> web.Response:
        if self._is_whole:
            return self._form(self._typed, errors, status)
        return self._form(shown({**self._before, **self._changed()}, AGREEMENT, UNDER), errors, status)

    def _form(self, fields: Typed, errors: Errors, status: int) -> web.Response:
        return form_page(
            self._request,
            "registrar/correct.html",
            {
                "typed": fields,
                "reason": self._typed.raw("reason"),
                "since": self._typed.one("since"),
                "effective_on": self._typed.raw("effective_on"),
                "carried": {**self._carried, "member": self._member.id},
                "member": self._member.member,
                "before": msgspec.json.encode(self._before).decode(),
                "errors": errors,
                "first": (TITLE, PARTNERS, INSTRUMENT, SIGNED_ON, DOCUMENTS),
                "groups": DETAILS,
                "why": REASON,
            },
            asked=(*AGREEMENT, REASON, SINCE),
            status=status,
        )


def _before(typed: Typed) -> dict[str, Any]:
    """The agreement's data as the page showed them; nothing where nothing was handed over."""
    text = typed.one("before")
    if not text:
        return {}
    try:
        told = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadJson from None
    return {name: value for name, value in told.items() if not _is_nothing(name, value)}


def _is_nothing(name: str, value: Any) -> bool:
    """Whether a page only says that there is no such value; without an end is a value of its own."""
    return value in ([], {}) or (value is None and name != "ends_on")
