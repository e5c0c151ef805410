"""`/paises/{cc}`, `/mesorregioes/{slug}`, `/temas/{code}`, `/ods/{n}`: what many members have in common."""

from typing import Any, Final, NamedTuple, get_args

import msgspec
from aiohttp import web

from services.registry.pages.citizens.facts import facts_only
from services.registry.pages.places import charts, counts, lines, shown, slugs
from services.registry.pages.places.asking import Question, question, reading
from services.registry.pages.places.expiring import ends_soon
from services.registry.pages.places.noting import note_restricted
from services.registry.queries import Wanted
from services.registry.queries.surveying import Survey
from shared import data
from shared.accounts import Caller
from shared.notices.codelists import Country, Theme
from shared.problems import NotFound
from shared.web import page_language, words_of
from shared.web.shown import shown_name

NEWEST_SHOWN: Final = 10
_OFFICE: Final = frozenset({"office", "coordination"})
_COUNTRIES: Final = frozenset(get_args(Country))
_THEMES: Final = frozenset(get_args(Theme))


class Group(NamedTuple):
    """Something that agreements have in common: the filter that finds them, and where they are listed."""

    kind: counts.By
    key: str
    name: str
    wanted: Wanted
    list: str
    crumb: tuple[str, str]
    feed: str | None = None
    briefing: str | None = None


async def country(request: web.Request, caller: Caller) -> web.Response:
    """A country."""
    code = request.match_info["country"]
    if code not in _COUNTRIES:
        raise NotFound
    group = Group(
        "country",
        code,
        shown_name(code, "countries", page_language(request)),
        Wanted(country=code),
        f"/acordos?country={code}",
        (words_of(request).gettext("Países"), "/paises"),
        f"/paises/{code}/atom.xml",
        f"/resumo/paises/{code}.pdf",
    )
    return await _page(request, caller, group)


async def mesoregion(request: web.Request, caller: Caller) -> web.Response:
    """A mesoregion of the state."""
    name = slugs.mesoregion_by_slug().get(request.match_info["mesoregion"])
    if name is None:
        raise NotFound
    group = Group(
        "mesoregion",
        name,
        name,
        Wanted(mesoregion=name),
        f"/acordos?mesoregion={name}",
        (words_of(request).gettext("Mesorregiões"), "/mesorregioes"),
    )
    return await _page(request, caller, group)


async def theme(request: web.Request, caller: Caller) -> web.Response:
    """A theme of cooperation."""
    code = request.match_info["theme"]
    if code not in _THEMES:
        raise NotFound
    group = Group(
        "theme",
        code,
        _sentence_case(shown_name(code, "themes", page_language(request))),
        Wanted(theme=code),
        f"/acordos?theme={code}",
        (words_of(request).gettext("Temas"), "/temas"),
        briefing=f"/resumo/temas/{code}.pdf",
    )
    return await _page(request, caller, group)


async def goal(request: web.Request, caller: Caller) -> web.Response:
    """A Sustainable Development Goal."""
    number = request.match_info["sdg"]
    if number not in {str(each.number) for each in data.goals()}:
        raise NotFound
    say = words_of(request)
    group = Group(
        "sdg",
        number,
        say.gettext("ODS {number}: {name}").format(
            number=number, name=shown_name(number, "sdgs", page_language(request))
        ),
        Wanted(sdg=number),
        f"/acordos?sdg={number}",
        (say.gettext("Objetivos de Desenvolvimento Sustentável"), "/ods"),
    )
    return await _page(request, caller, group)


async def _page(request: web.Request, caller: Caller, group: Group) -> web.Response:
    asks = question(request, caller)
    municipal = msgspec.structs.replace(group.wanted, kind="municipality")
    survey = await counts.survey(request, asks, group.wanted)
    return shown.page(
        request,
        "registry/places/group.html",
        asks,
        {
            "group": group,
            "crumbs": [group.crumb, (group.name, None)],
            "total": counts.total(survey, "municipality"),
            "apart": [(kind, counts.total(survey, kind)) for kind in counts.OTHERS],
            "years": charts.by_year(counts.signed_by(survey, "month"), asks.asked.as_of),
            "municipalities": counts.municipalities(survey),
            "partners": await counts.partners(request, asks, municipal),
            **_breakdowns(survey, group),
            "missing": await counts.missing(request, asks, municipal) if asks.caller.role in _OFFICE else [],
            **await _lists(request, asks, group),
        },
    )


def _breakdowns(survey: Survey, group: Group) -> dict[str, list[tuple[str, int]]]:
    """By what the group is not itself."""
    others: tuple[counts.By, ...] = ("country", "theme", "sdg", "mesoregion")
    return {f"by_{by}": [] if by == group.kind else counts.signed_by(survey, by) for by in others}


async def _lists(request: web.Request, asks: Question, group: Group) -> dict[str, Any]:
    async with reading(request, asks) as connection:
        newest = await lines.newest(request, connection, asks, group.wanted, NEWEST_SHOWN)
        ending = await ends_soon(request, connection, asks, group.wanted)
        period = await facts_only(connection, asks.caller)
    await note_restricted(request, asks.caller, [*newest, *ending])
    return {"newest": newest, "expiring": ending, "facts_only": period}


def _sentence_case(name: str) -> str:
    return name[:1].upper() + name[1:]
