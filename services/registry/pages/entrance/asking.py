"""`/entrar`: three plain ways in, by mail, by an identity provider, by the code of a letter."""

import asyncio
from typing import Any, Final

import structlog
from aiohttp import web

from services.registry.http.answers import connection_of, today
from services.registry.mail.addresses import NotAnAddress, address
from services.registry.mail.sending import MAIL_SENDS
from services.registry.network import people
from services.registry.network.people import Person
from services.registry.pages.entrance import letters
from services.registry.pages.entrance.attempts import (
    ASKED_PER_HOUR,
    ATTEMPTS,
    LETTERS_PER_HOUR,
    count_or_refuse,
)
from services.registry.pages.entrance.openid import PROVIDER
from services.registry.pages.forms import fields, line
from shared import web as look
from shared.accounts import Caller
from shared.doors import is_own_path

log = structlog.get_logger()

_LONGEST_PATH: Final = 1_000
TASKS: web.AppKey[set["asyncio.Task[None]"]] = web.AppKey("entrance_tasks", set)


async def entrance(request: web.Request, _caller: Caller) -> web.Response:
    """The ways in."""
    return entrance_page(request, back=safe_path(request.query.get("de")))


def entrance_page(
    request: web.Request,
    *,
    back: str,
    typed: str = "",
    errors: dict[str, str] | None = None,
    trouble: str | None = None,
    status: int = 200,
) -> web.Response:
    """The ways in, with what went wrong: *errors* at fields, *trouble* with the provider."""
    provider = request.app[PROVIDER]
    context: dict[str, Any] = {
        "back": back,
        "typed": typed,
        "errors": errors or {},
        "trouble": trouble,
        "sends_mail": request.app[MAIL_SENDS],
        "provider": None if provider is None else provider.name,
    }
    return look.page(request, "registry/entrance/entrance.html", context, status=status)


async def ask_by_mail(request: web.Request, _caller: Caller) -> web.Response:
    """Have a link sent, if there is an account; the answer is the same if there is none."""
    say = look.words_of(request)
    form = await fields(request)
    typed, back = line(form.get("email")), safe_path(form.get("de"))
    try:
        to = address(typed)
    except NotAnAddress:
        message = say.gettext("Escreva o e-mail por inteiro, como nome@prefeitura.mg.gov.br.")
        return entrance_page(request, back=back, typed=typed, errors={"email": message}, status=422)
    count_or_refuse(request, "links", ASKED_PER_HOUR)
    may_write = request.app[ATTEMPTS].may("letters", to.lower(), LETTERS_PER_HOUR)
    async with connection_of(request) as connection:
        person = await people.find_address(connection, to)
    if person is not None and person.state(today()) == "active" and may_write:
        # Beside the answer: how long it takes would tell whether there is an account.
        task = asyncio.create_task(_send(request, person, back))
        request.app[TASKS].add(task)
        task.add_done_callback(request.app[TASKS].discard)
    return look.page(request, "registry/entrance/sent.html", {"email": to})


async def _send(request: web.Request, person: Person, back: str) -> None:
    try:
        async with connection_of(request) as connection, connection.transaction():
            await letters.send_link(connection, request, person, back)
    except Exception:
        log.exception("login_link_not_written", person=person.id)


def safe_path(text: str | None) -> str:
    """A path of this site to go on at; the start where *text* is none, or leads elsewhere."""
    if text is None or len(text) > _LONGEST_PATH or not text.isascii() or not is_own_path(text):
        return "/"
    first = text.partition("?")[0].split("/")[1]
    return "/" if first in {"entrar", "sair", "convite"} else text
