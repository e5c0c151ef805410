"""Country, city or theme on one sheet, for tomorrow's meeting."""

from datetime import date
from typing import Final, get_args

from aiohttp import web

from services.registry.http.answers import PRIVATE, PUBLIC_URL, now, reach
from services.registry.http.parameters import NO_SUCH_MEMBER
from services.registry.http.turns import Turns
from services.registry.pages.briefing.gathering import Subject, gathered
from services.registry.pages.briefing.saying import Saying
from services.registry.papers.press import pressed
from shared import data
from shared import web as look
from shared.accounts import Caller, scope_of
from shared.doors import NETWORK, add_page
from shared.notices.codelists import Country, Theme
from shared.notices.dates import day_of
from shared.notices.sentences import Sentence
from shared.problems import NotFound

SHEETS: web.AppKey[Turns] = web.AppKey("briefings", Turns)
_COUNTRIES: Final = frozenset(get_args(Country))
_THEMES: Final = frozenset(get_args(Theme))
_NO_SUCH_COUNTRY: Final = Sentence(
    "Não há país com este código de duas letras.", "There is no country with this code of two letters."
)
_NO_SUCH_THEME: Final = Sentence("Não há tema com este código.", "There is no theme of this code.")


def install(app: web.Application) -> None:
    """Add `/resumo` and below to *app*."""
    app[SHEETS] = Turns(in_all=4, each=2, strangers=0, retry_after_seconds=5)
    add_page(app, "GET", "/resumo/paises/{country}.pdf", of_country, allowed=NETWORK)
    add_page(app, "GET", "/resumo/municipios/{municipality}.pdf", of_municipality, allowed=NETWORK)
    add_page(app, "GET", "/resumo/temas/{theme}.pdf", of_theme, allowed=NETWORK)


async def of_country(request: web.Request, caller: Caller) -> web.Response:
    """What there is with a country."""
    code = request.match_info["country"]
    if code not in _COUNTRIES:
        raise NotFound(_NO_SUCH_COUNTRY)
    return await _sheet(request, caller, Subject("country", code))


async def of_municipality(request: web.Request, caller: Caller) -> web.Response:
    """What a city has."""
    ibge = request.match_info["municipality"]
    if ibge not in data.municipalities():
        raise NotFound(NO_SUCH_MEMBER)
    return await _sheet(request, caller, Subject("member", ibge))


async def of_theme(request: web.Request, caller: Caller) -> web.Response:
    """What there is on a theme."""
    code = request.match_info["theme"]
    if code not in _THEMES:
        raise NotFound(_NO_SUCH_THEME)
    return await _sheet(request, caller, Subject("theme", code))


async def _sheet(request: web.Request, caller: Caller, subject: Subject) -> web.Response:
    with request.app[SHEETS].taken(caller.actor):
        made_at = now()
        found = await gathered(request, caller, subject, reach(scope_of(caller)), day_of(made_at))
        says = Saying(look.page_language(request), request.app[PUBLIC_URL])
        sheet = await pressed(says.sheet(subject, found, made_at))
    return web.Response(
        body=sheet,
        content_type="application/pdf",
        headers={**PRIVATE, "Content-Disposition": f'inline; filename="{_file(subject, day_of(made_at))}"'},
    )


def _file(subject: Subject, day: date) -> str:
    return f"resumo-{subject.key}-{day}.pdf"
