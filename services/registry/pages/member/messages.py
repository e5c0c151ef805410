"""`/conta/avisos`: what comes by mail, the filters of the weekly summary, and the way out of a letter."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from aiohttp import hdrs, web
from multidict import MultiDict

from services.registry.http.answers import connection_of, today
from services.registry.mail import choices
from services.registry.mail.addresses import one_line
from services.registry.mail.choices import Choices, Kind, NameTaken, TooManyFilters
from services.registry.mail.posting import LEAVING
from services.registry.mail.readers import reader
from services.registry.mail.sending import MAIL_SENDS
from services.registry.pages import forms
from services.registry.pages.member import filtering
from shared import doors
from shared.accounts import Caller
from shared.doors import EVERYBODY, SIGNED_IN, add_page
from shared.notices.findings import InvalidFilter
from shared.notices.sentences import Language
from shared.problems import Forbidden, NotFound
from shared.web import page, page_language, words_of
from shared.web.wording import Words

PATH: Final = "/conta/avisos"
_LEAVE: Final = f"{PATH}/sair/{{token}}"
_OF_ROLE: Final[dict[str, tuple[Kind, ...]]] = {
    "member": ("question", "remark", "expiring", "digest"),
    "coordination": ("question", "remark", "expiring", "digest"),
    "office": ("digest",),
}
"""Which kinds of mail there are for whom: the office reads and asks, nothing waits for its answer."""


def install(app: web.Application) -> None:
    """Add `/conta/avisos` and below to *app*."""
    add_page(app, hdrs.METH_GET, PATH, messages, allowed=SIGNED_IN)
    add_page(app, hdrs.METH_POST, PATH, choose, allowed=SIGNED_IN)
    add_page(app, hdrs.METH_POST, f"{PATH}/filtros", keep, allowed=SIGNED_IN)
    add_page(app, hdrs.METH_POST, f"{PATH}/filtros/{{id:[0-9]{{1,18}}}}/apagar", drop, allowed=SIGNED_IN)
    add_page(app, hdrs.METH_GET, _LEAVE, leave, allowed=EVERYBODY)
    add_page(app, hdrs.METH_POST, _LEAVE, left, allowed=EVERYBODY)


async def messages(request: web.Request, caller: Caller) -> web.Response:
    """What comes, and the filters kept; a filter in the address is offered to be kept."""
    return await _page(request, caller, MultiDict(request.query))


async def choose(request: web.Request, caller: Caller) -> web.Response:
    """Keep which kinds of mail are wanted."""
    form = await forms.fields(request)
    person = _person(caller)
    wanted = form.getall("kind", [])
    async with connection_of(request) as connection, connection.transaction():
        kept = await choices.choices(connection, person)
        offered = _OF_ROLE.get(caller.role, ())
        chosen = {kind: kind in wanted if kind in offered else getattr(kept, kind) for kind in choices.KINDS}
        await choices.choose(connection, person, Choices(**chosen))
    return doors.see_other(f"{PATH}?feito=escolhas")


async def keep(request: web.Request, caller: Caller) -> web.Response:
    """Keep a filter; what cannot be kept is said at its field, with everything that was typed."""
    form = await forms.fields(request)
    person = _person(caller)
    say, language = words_of(request), page_language(request)
    try:
        query = filtering.query_of(form)
    except InvalidFilter as error:
        return await _page(request, caller, form, errors={"name": error.detail.in_language(language)})
    name = one_line(form.get("name", ""), choices.MOST_NAME)
    name = name or one_line(filtering.in_words(query, language), choices.MOST_NAME)
    try:
        async with connection_of(request) as connection:
            await choices.keep(connection, person, name, query)
    except NameTaken:
        wrong = say.gettext("Já há um filtro com este nome. Escolha outro nome.")
    except TooManyFilters:
        wrong = say.gettext("Já há 20 filtros. Apague um que não usa mais.")
    else:
        return doors.see_other(f"{PATH}?feito=filtro")
    return await _page(request, caller, form, errors={"name": wrong})


async def drop(request: web.Request, caller: Caller) -> web.Response:
    """Forget a filter."""
    person = _person(caller)
    async with connection_of(request) as connection:
        await choices.drop(connection, person, int(request.match_info["id"]))
    return doors.see_other(f"{PATH}?feito=apagado")


async def leave(request: web.Request, _caller: Caller) -> web.Response:
    """Ask before anything ends: programs open the links of letters before people do."""
    _person_of, kind = _leaving(request)
    context = {"kind": _kinds(words_of(request))[kind], "done": False}
    return page(request, "registry/member/leaving.html", context)


async def left(request: web.Request, _caller: Caller) -> web.Response:
    """End that kind of mail: asked by the page, or by a reader's mail program in one click (RFC 8058)."""
    person, kind = _leaving(request)
    async with connection_of(request) as connection, connection.transaction():
        if not await choices.end(connection, person, kind):
            raise NotFound
    context = {"kind": _kinds(words_of(request))[kind], "done": True}
    return page(request, "registry/member/leaving.html", context)


def _leaving(request: web.Request) -> tuple[str, Kind]:
    found = request.app[LEAVING].read(request.match_info["token"])
    if found is None:
        raise NotFound
    return found


def _person(caller: Caller) -> str:
    """Who is signed in. Raises Forbidden for a key: it reads no mail."""
    if caller.person is None:
        raise Forbidden
    return caller.person


async def _page(
    request: web.Request, caller: Caller, chosen: "MultiDict[str]", *, errors: dict[str, str] | None = None
) -> web.Response:
    person = _person(caller)
    async with connection_of(request) as connection:
        wanted = await choices.choices(connection, person)
        saved = await choices.saved(connection, person)
        known = await reader(connection, today(), person)
    language = page_language(request)
    along = filtering.kept_along(chosen)
    named = _kinds(words_of(request))
    context = {
        "address": None if known is None else known.email,
        "sends": request.app[MAIL_SENDS],
        "kinds": [(kind, *named[kind], getattr(wanted, kind)) for kind in _OF_ROLE.get(caller.role, ())],
        "filters": [_shown(each.id, each.name, each.query, language) for each in saved],
        "fields": filtering.fields(chosen, language),
        "along": along,
        "along_words": filtering.in_words(urlencode(along), language),
        "name": chosen.get("name", ""),
        "opened": bool(errors) or any(chosen.get(name) for name in filtering.FIELDS) or "member" in chosen,
        "done": "" if errors else request.query.get("feito", ""),
        "errors": errors or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page(request, "registry/member/messages.html", context, status=status)


def _shown(filter_id: int, name: str, query: str, language: Language) -> dict[str, object]:
    told = filtering.in_words(query, language)
    return {"id": filter_id, "name": name, "words": told if told != name else ""}


def _kinds(say: Words) -> dict[Kind, tuple[str, str]]:
    """What each kind of mail is called, and what it brings."""
    return {
        "question": (
            say.gettext("Perguntas"),
            say.gettext("Quando o governo do estado pergunta sobre um acordo."),
        ),
        "remark": (
            say.gettext("Observações"),
            say.gettext("Quando um aviso foi registrado e algo nele não combina com o que já se sabia."),
        ),
        "expiring": (
            say.gettext("Prazos"),
            say.gettext("180, 90 e 30 dias antes do fim de um acordo."),
        ),
        "digest": (
            say.gettext("Resumo da semana"),
            say.gettext("Às segundas-feiras, o que aconteceu, pelos seus filtros."),
        ),
    }
