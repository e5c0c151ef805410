"""`/paises`, `/mesorregioes`, `/temas`, `/ods`: everything of one kind, with its numbers."""

from collections.abc import Iterable
from typing import get_args

from aiohttp import web

from services.registry.http.answers import connection_of
from services.registry.pages.citizens.facts import facts_only
from services.registry.pages.places import counts, shown, slugs
from services.registry.pages.places.asking import question
from services.registry.queries import Wanted
from shared import data
from shared.accounts import Caller
from shared.notices.codelists import Theme
from shared.web import page_language, words_of
from shared.web.shown import shown_name

Row = tuple[str, str, int]
"""What it is called, its address, how many agreements."""


async def countries(request: web.Request, caller: Caller) -> web.Response:
    """The countries that the municipalities have agreements with."""
    say, language = words_of(request), page_language(request)
    found = await _signed_by(request, caller, "country")
    rows = [(shown_name(code, "countries", language), f"/paises/{code}", n) for code, n in found]
    return await _page(
        request,
        caller,
        rows,
        title=say.gettext("Países"),
        about=say.gettext("Com que países os municípios de Minas Gerais têm acordos assinados."),
        what=say.gettext("País"),
    )


async def mesoregions(request: web.Request, caller: Caller) -> web.Response:
    """The twelve mesoregions."""
    say = words_of(request)
    found = dict(await _signed_by(request, caller, "mesoregion"))
    rows = [(name, f"/mesorregioes/{slugs.slug(name)}", found.get(name, 0)) for name in data.mesoregions()]
    return await _page(
        request,
        caller,
        _most_first(rows),
        title=say.gettext("Mesorregiões"),
        about=say.gettext("As doze mesorregiões de Minas Gerais, pelos acordos dos seus municípios."),
        what=say.gettext("Mesorregião"),
    )


async def themes(request: web.Request, caller: Caller) -> web.Response:
    """The themes of cooperation."""
    say, language = words_of(request), page_language(request)
    found = dict(await _signed_by(request, caller, "theme"))
    rows = [
        (shown_name(code, "themes", language), f"/temas/{code}", found.get(code, 0))
        for code in get_args(Theme)
    ]
    return await _page(
        request,
        caller,
        _most_first(rows),
        title=say.gettext("Temas"),
        about=say.gettext("Do que tratam os acordos dos municípios. Um acordo pode ter vários temas."),
        what=say.gettext("Tema"),
    )


async def goals(request: web.Request, caller: Caller) -> web.Response:
    """The Sustainable Development Goals."""
    say, language = words_of(request), page_language(request)
    found = dict(await _signed_by(request, caller, "sdg"))
    rows = [
        (
            f"{goal.number}. {shown_name(str(goal.number), 'sdgs', language)}",
            f"/ods/{goal.number}",
            found.get(str(goal.number), 0),
        )
        for goal in data.goals()
    ]
    return await _page(
        request,
        caller,
        rows,
        title=say.gettext("Objetivos de Desenvolvimento Sustentável"),
        about=say.gettext(
            "Os 17 objetivos das Nações Unidas (ODS) e os acordos que contribuem para cada um."
        ),
        what=say.gettext("Objetivo"),
    )


async def _signed_by(request: web.Request, caller: Caller, by: counts.By) -> list[tuple[str, int]]:
    return counts.signed_by(await counts.survey(request, question(request, caller), Wanted()), by)


async def _page(
    request: web.Request, caller: Caller, rows: list[Row], *, title: str, about: str, what: str
) -> web.Response:
    async with connection_of(request) as connection:
        period = await facts_only(connection, caller)
    return shown.page(
        request,
        "registry/places/groups.html",
        question(request, caller),
        {"facts_only": period, "title": title, "about": about, "what": what, "rows": rows},
    )


def _most_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -row[2])
