"""`/municipios` and `/organizacoes`: who is in the network, to be searched and sorted without a script."""

import re
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Final

from aiohttp import web

from services.registry import queries
from services.registry.http import members
from services.registry.pages.citizens.facts import facts_only
from services.registry.pages.places import shown
from services.registry.pages.places.asking import question, reading
from services.registry.shapes import MemberView
from shared import data
from shared.accounts import Caller
from shared.doors import see_other

PAGE_ROWS: Final = 100
_LONGEST_NAME: Final = 100
_SUGGESTED: Final = 5
_PAGE: Final = re.compile("[0-9]{1,3}")
_ORDERS: Final = ("name", "signed", "in_force", "heard")


async def cities(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The municipalities whose names have what is searched; an exact name leads to its page."""
    asks = question(request, caller)
    name = " ".join(request.query.get("q", "").split())[:_LONGEST_NAME]
    folded = queries.folded(name)
    exact = _by_folded_name().get(folded)
    if exact is not None:
        return see_other(f"/municipios/{exact}")
    mesoregion = request.query.get("mesoregion") or None
    mesoregion = mesoregion if mesoregion in data.mesoregions() else None
    order = request.query.get("order", "")
    order = order if order in _ORDERS else "name"
    async with reading(request, asks) as connection:
        rows = await queries.members(
            connection, kind="municipality", mesoregion=mesoregion, folded_name=folded or None
        )
        views = await members.views(connection, rows, asks.asked, asks.moment, caller)
        period = await facts_only(connection, caller)
    number = _page_number(request.query.get("page", ""), len(views))
    first = (number - 1) * PAGE_ROWS
    return shown.page(
        request,
        "registry/places/cities.html",
        asks,
        {
            "facts_only": period,
            "q": name,
            "mesoregion": mesoregion,
            "mesoregions": data.mesoregions(),
            "order": order,
            "views": _ordered(views, order)[first : first + PAGE_ROWS],
            "found": len(views),
            "heard": sum(view.last_heard_at is not None for view in views),
            "page": number,
            "pages": max(1, -(-len(views) // PAGE_ROWS)),
            "suggested": [] if views else _suggested(folded),
        },
    )


async def organisations(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The organisations of the network."""
    asks = question(request, caller)
    async with reading(request, asks) as connection:
        rows = await queries.members(connection, kind="organisation")
        views = await members.views(connection, rows, asks.asked, asks.moment, caller)
        period = await facts_only(connection, caller)
    return shown.page(
        request,
        "registry/places/organisations.html",
        asks,
        {"facts_only": period, "views": _ordered(views, "name")},
    )


def _ordered(views: Sequence[MemberView], order: str) -> list[MemberView]:
    """By name; or the most, the last heard first, with what nobody knows at the end."""
    by_name = sorted(views, key=lambda view: queries.folded(view.name))
    match order:
        case "signed":
            return sorted(by_name, key=lambda view: _most_first(view.signed.ever))
        case "in_force":
            return sorted(by_name, key=lambda view: _most_first(view.in_force))
        case "heard":
            return sorted(by_name, key=lambda view: _latest_first(view.last_heard_at))
        case _:
            return by_name


def _most_first(n: int | None) -> int:
    return 1 if n is None else -n


def _latest_first(instant: datetime | None) -> float:
    return 1.0 if instant is None else -instant.timestamp()


def _page_number(told: str, found: int) -> int:
    last = max(1, -(-found // PAGE_ROWS))
    return min(max(int(told), 1), last) if _PAGE.fullmatch(told) else 1


@cache
def _by_folded_name() -> dict[str, str]:
    """Municipalities by name, older spellings included."""
    current = {queries.folded(city.name): code for code, city in data.municipalities().items()}
    return {queries.folded(alias): code for alias, code in data.aliases().items()} | current


def _suggested(folded: str) -> list[data.Municipality]:
    """Municipalities whose names are written nearly so."""
    names = _by_folded_name()
    near = dict.fromkeys(names[name] for name in get_close_matches(folded, names, n=_SUGGESTED, cutoff=0.7))
    return [data.municipalities()[code] for code in near]
