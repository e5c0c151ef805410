"""`/estado`: the whole state in numbers."""

from typing import Final

from aiohttp import web

from services.registry.http.filters import STATES
from services.registry.pages.citizens.facts import facts_only
from services.registry.pages.places import charts, counts, lines, shown
from services.registry.pages.places.asking import Question, question, reading
from services.registry.pages.places.expiring import ends_soon
from services.registry.pages.places.noting import note_restricted
from services.registry.queries import Wanted
from services.registry.queries.hearing import hearing
from shared.accounts import Caller

NEWEST_SHOWN: Final = 10
_MUNICIPAL: Final = Wanted(kind="municipality")


async def state(request: web.Request, caller: Caller) -> web.Response:
    """What the municipalities have agreed abroad; the state's own and the organisations' apart."""
    asks = question(request, caller)
    months = await counts.signed_by(request, asks, "month", _MUNICIPAL)
    context = {
        "total": await counts.total(request, asks, _MUNICIPAL),
        "apart": [
            (kind, await counts.total(request, asks, Wanted(kind=kind))) for kind in ("state", "organisation")
        ],
        "years": charts.by_year(months, asks.asked.as_of),
        "months": charts.by_month(months, asks.asked.as_of),
        "by_country": await counts.signed_by(request, asks, "country", _MUNICIPAL),
        "by_theme": await counts.signed_by(request, asks, "theme", _MUNICIPAL),
        "by_sdg": await counts.signed_by(request, asks, "sdg", _MUNICIPAL),
        "by_mesoregion": await counts.signed_by(request, asks, "mesoregion", _MUNICIPAL),
        "by_state": await _states(request, asks),
        "municipalities": await counts.municipalities(request, asks, Wanted()),
    }
    async with reading(request, asks) as connection:
        newest = await lines.newest(request, connection, asks, Wanted(), NEWEST_SHOWN)
        ending = await ends_soon(request, connection, asks, Wanted())
        lists = {
            "newest": newest,
            "expiring": ending,
            "facts_only": await facts_only(connection, caller),
            "hearing": await hearing(connection) if asks.is_today else None,
        }
    await note_restricted(request, caller, [*newest, *ending])
    return shown.page(request, "registry/places/state.html", asks, {**context, **lists})


async def _states(request: web.Request, asks: Question) -> list[tuple[str, int]]:
    """How many agreements stand where in their lives, in the order of a life."""
    found = {each.key: each for each in await counts.breakdown(request, asks, "state", _MUNICIPAL)}
    counted = ((state, found.get(state)) for state in STATES)
    return [(state, n) for state, each in counted if each and (n := each.signed or each.negotiating)]
