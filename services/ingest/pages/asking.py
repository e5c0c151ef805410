"""A form: read as it was sent, taken, or shown again with what is wrong and with all that was typed."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import hdrs, web

from services.ingest.http import INTAKE
from services.ingest.pages import received
from services.ingest.pages.telling import Told, count_request, tell, wants_json
from services.ingest.pages.typed import Typed
from services.ingest.receipts import receipt_of
from shared import doors
from shared.accounts import Caller
from shared.http import read_body
from shared.notices.findings import FieldError, InvalidEvents
from shared.notices.sentences import Language, Sentence
from shared.problems import BadJson, Problem, UnsupportedMediaType
from shared.problems.rendering import problem_of
from shared.web import page_language

FORM_BYTES: Final = 1024 * 1024
FORM_SECONDS: Final = 60.0
"""Time for a form over a bad line."""
_MOST_FIELDS: Final = 5_000
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
FORM: Final = "form"
"""The place of an error that belongs to no field."""

Errors = Mapping[str, str]
Show = Callable[[Errors, int], web.Response]
"""The form again, with errors by field, answered with a status."""

_ACCEPTED: Final = 202
_SENTENCES: Final[dict[str, Sentence]] = {
    "invalid_date": Sentence(
        "Escreva a data como 30/05/2025. Se não souber o dia, 05/2025 ou só 2025.",
        "Write the date as 30/05/2025. If you do not know the day, 05/2025 or 2025 alone.",
    ),
    "date_out_of_range": Sentence("Confira o ano.", "Check the year."),
    "reduced_date_ahead": Sentence(
        "Uma data futura precisa do dia: 30/05/2030.", "A date to come needs its day: 30/05/2030."
    ),
    "required": Sentence("Falta responder aqui.", "This is not answered yet."),
    "blank": Sentence("Falta responder aqui.", "This is not answered yet."),
    "country_required": Sentence("Escolha o país do parceiro.", "Choose the partner's country."),
    "unknown_code": Sentence("Escolha uma das opções.", "Choose one of the options."),
    "invalid_type": Sentence("Confira este campo.", "Check this field."),
    "subject_required": Sentence(
        "Diga de qual acordo se trata: abra a página do acordo e comece por lá.",
        "Say which agreement this is about: open the agreement's page and begin there.",
    ),
    "member_not_allowed": Sentence(
        "A sua conta não fala por este membro da rede.", "Your account does not speak for this member."
    ),
    "fact_not_allowed": Sentence(
        "A sua conta não pode informar isto por este membro.",
        "Your account may not tell this for this member.",
    ),
    "unknown_member": Sentence(
        "Escolha um município ou uma organização da rede.",
        "Choose a municipality or an organisation of the network.",
    ),
}
"""What a form says where the door speaks to programs."""


async def typed_in(request: web.Request) -> Typed:
    """What was typed: in the body of a POST, otherwise in the address."""
    if request.method != hdrs.METH_POST:
        return Typed(request.query.items())
    kind = request.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()
    if kind not in {"", _FORM_TYPE}:
        raise UnsupportedMediaType
    body = await read_body(request, FORM_BYTES, FORM_SECONDS)
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise BadJson from None
    return Typed(pairs)


async def take(
    request: web.Request,
    caller: Caller,
    event: Mapping[str, Any],
    *,
    show: Show,
    place: Callable[[FieldError], str],
    title: str = "",
    back: str = "",
) -> web.StreamResponse:
    """Tell *event*: a receipt, or the form again with what is wrong at its place.

    A script that asks for JSON gets what `/v1/notices` would answer, with the address of the receipt.
    """
    try:
        count_request(request, caller)
        told = await tell(request, caller, event)
    except InvalidEvents as invalid:
        if wants_json(request):
            raise
        return show(errors_of(problem_of(invalid), place, page_language(request)), invalid.status)
    except Problem as problem:
        if wants_json(request):
            raise
        shown = show(errors_of(problem, place, page_language(request)), problem.status)
        shown.headers.update(problem.headers)
        return shown
    return _answer(request, told, received.address_of(request, told, title=title, back=back))


def _answer(request: web.Request, told: Told, address: str) -> web.Response:
    if not wants_json(request):
        return doors.see_other(address)
    receipt = receipt_of(told.delivery, request.app[INTAKE].settings.public_url)
    return web.Response(
        body=msgspec.json.encode(receipt),
        status=_ACCEPTED,
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.LOCATION: address},
    )


def errors_of(problem: Problem, place: Callable[[FieldError], str], language: Language) -> dict[str, str]:
    """What is wrong, by the field that it is about: the first fault of each."""
    found: dict[str, str] = {}
    for error in problem.errors:
        found.setdefault(place(error) or FORM, sentence_of(error).in_language(language))
    return found or {FORM: problem.detail.in_language(language)}


def sentence_of(error: FieldError) -> Sentence:
    """*error* in words for somebody who fills in a form."""
    return _SENTENCES.get(error.code, error.detail)
