"""`/erro`: something is wrong on a page; `/erros`: what the coordination makes of it."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from services.registry.http.answers import PUBLIC_URL, connection_of, today
from services.registry.mail import outbox, paper
from services.registry.mail.addresses import NotAnAddress, address
from services.registry.mail.sending import MAIL_SENDS
from services.registry.network import reports
from services.registry.pages.forms import fields
from services.registry.queries import Connection
from shared.accounts import Caller
from shared.doors import is_own_path, see_other
from shared.notices.sentences import Sentence
from shared.problems import NotFound, TooManyRequests
from shared.web import page, page_language, words_of
from shared.web.wording import words

SHOWN: Final = 100
_LONGEST_PAGE: Final = 500
_LONGEST_ID: Final = 64
_ORIGIN: Final = re.compile("^https?://[^/?]*")
_LONGEST_OUTCOME: Final = 1_000
_HOUR_SECONDS: Final = 3600
_FULL: Final = Sentence(
    "Recebemos mensagens demais na última hora. Tente de novo mais tarde.",
    "We have received too many messages in the last hour. Try again later.",
)


async def form(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """The form, for the page that `de` names; or the thanks."""
    if "obrigado" in request.query:
        return page(request, "registry/citizens/thanks.html", {})
    return _form(request, {"page": _path(request.query.get("de", ""))}, {})


async def post_report(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """Keep what is reported, and tell the coordination by mail."""
    told = await fields(request)
    about, text, email = (
        _path(told.get("page", "")),
        _text(told.get("text", "")),
        told.get("email", "").strip(),
    )
    report = told.get("once", "")
    say = words_of(request)
    errors = {}
    if not text:
        errors["text"] = say.gettext("Escreva o que está errado.")
    elif len(text) > reports.LONGEST_TEXT:
        errors["text"] = say.gettext("Escreva no máximo 10.000 caracteres.")
    if email and not _is_address(email):
        errors["email"] = say.gettext("Escreva um e-mail como nome@exemplo.org, ou deixe em branco.")
    if errors:
        return _form(request, {**told, "page": about}, errors)
    if not report.isalnum() or len(report) > _LONGEST_ID:
        raise NotFound
    async with connection_of(request) as connection, connection.transaction():
        try:
            is_new = await reports.add(
                connection,
                report,
                page=about,
                text=text,
                email=address(email) if email else None,
                language=page_language(request),
            )
        except reports.TooManyReports:
            raise TooManyRequests(_FULL, retry_after_seconds=_HOUR_SECONDS) from None
        if is_new and request.app[MAIL_SENDS]:
            await _tell_coordination(connection, request.app[PUBLIC_URL], report, about, text)
    return see_other("/erro?obrigado")


async def list_reports(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """What waits, and what was settled last."""
    async with connection_of(request) as connection:
        context = {
            "waiting": await reports.waiting(connection, SHOWN),
            "settled": await reports.settled(connection, SHOWN),
        }
    return page(request, "registry/citizens/reports.html", context)


async def settle(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Note what was done about a report."""
    told = await fields(request)
    outcome = _text(told.get("outcome", ""))[:_LONGEST_OUTCOME]
    async with connection_of(request) as connection:
        if not await reports.settle(connection, request.match_info["report"], caller.actor or "", outcome):
            raise NotFound
    return see_other("/erros")


async def _tell_coordination(connection: Connection, origin: str, report: str, about: str, text: str) -> None:
    for reader in await reports.coordination(connection, today()):
        say = words(reader.language)
        letter = paper.written(
            reader.language,
            say.gettext("Alguém informou um erro"),
            [
                paper.Paragraph(say.gettext("Na página {page}:").format(page=paper.quoted(about))),
                paper.Paragraph(paper.quoted(text)),
                paper.Button(say.gettext("Ver e responder"), f"{origin}/erros"),
            ],
            paper.Foot(say.gettext("Você recebe isto porque faz parte da coordenação da rede.")),
        )
        await outbox.enqueue(
            connection,
            key=f"error-report/{report}/{reader.id}",
            to=reader.email,
            language=reader.language,
            subject=say.gettext("Alguém informou um erro em Acordos de Minas"),
            text=letter.text,
            html=letter.html,
            person=reader.id,
        )


def _form(request: web.Request, told: Mapping[str, str], errors: Mapping[str, str]) -> web.Response:
    status = web.HTTPUnprocessableEntity.status_code if errors else web.HTTPOk.status_code
    context = {"told": told, "errors": errors, "longest": reports.LONGEST_TEXT}
    return page(request, "registry/citizens/report.html", context, status=status)


def _path(told: str) -> str:
    """The path of a page of ours, of a whole address too; otherwise nothing: nobody is led elsewhere."""
    path = _ORIGIN.sub("", told.strip().partition("#")[0])[:_LONGEST_PAGE]
    return path if is_own_path(path) else ""


def _text(told: str) -> str:
    """*told* as it can be kept: NFC, trimmed, without what no text holds."""
    kept = "".join(
        symbol for symbol in told if symbol in "\n\t" or unicodedata.category(symbol) not in {"Cc", "Cs"}
    )
    return unicodedata.normalize("NFC", kept).strip()


def _is_address(told: str) -> bool:
    try:
        address(told)
    except NotAnAddress:
        return False
    return True
