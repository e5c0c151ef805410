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
    months = await counts.signed_by(request, asks, "month", municipal)
    return shown.page(
        request,
        "registry/places/group.html",
        asks,
        {
            "group": group,
            "crumbs": [group.crumb, (group.name, None)],
            "total": await counts.total(request, asks, municipal),
            "apart": [
                (kind, (await counts.total(request, asks, msgspec.structs.replace(group.wanted, kind=kind))))
                for kind in ("state", "organisation")
            ],
            "years": charts.by_year(months, asks.asked.as_of),
            "municipalities": await counts.municipalities(request, asks, group.wanted),
            "partners": await counts.partners(request, asks, municipal),
            **await _breakdowns(request, asks, group, municipal),
            **await _lists(request, asks, group),
        },
    )


async def _breakdowns(
    request: web.Request, asks: Question, group: Group, municipal: Wanted
) -> dict[str, list[tuple[str, int]]]:
    """By what the group is not itself."""
    others: tuple[counts.By, ...] = ("country", "theme", "sdg", "mesoregion")
    found = {
        f"by_{by}": await counts.signed_by(request, asks, by, municipal) for by in others if by != group.kind
    }
    wants_missing = asks.caller.role in _OFFICE
    missing = await counts.missing(request, asks, municipal) if wants_missing else []
    return {f"by_{group.kind}": [], **found, "missing": missing}


async def _lists(request: web.Request, asks: Question, group: Group) -> dict[str, Any]:
    async with reading(request, asks) as connection:
        newest = await lines.newest(request, connection, asks, group.wanted, NEWEST_SHOWN)
        ending = await ends_soon(request, connection, asks, group.wanted)
        period = await facts_only(connection, asks.caller)
    await note_restricted(request, asks.caller, [*newest, *ending])
    return {"newest": newest, "expiring": ending, "facts_only": period}


def _sentence_case(name: str) -> str:
    return name[:1].upper() + name[1:]
