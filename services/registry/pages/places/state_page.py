"""`/estado`: the whole state in numbers."""

from typing import Final

from aiohttp import web

from services.registry.http.filters import STATES
from services.registry.pages.citizens.facts import facts_only
from services.registry.pages.places import charts, counts, lines, shown
from services.registry.pages.places.asking import question, reading
from services.registry.pages.places.expiring import ends_soon
from services.registry.pages.places.noting import note_restricted
from services.registry.queries import Wanted
from services.registry.queries.hearing import hearing
from services.registry.queries.surveying import Survey
from shared.accounts import Caller

NEWEST_SHOWN: Final = 10


async def state(request: web.Request, caller: Caller) -> web.Response:
    """What the municipalities have agreed abroad; the state's own and the organisations' apart."""
    asks = question(request, caller)
    survey = await counts.survey(request, asks, Wanted())
    months = counts.signed_by(survey, "month")
    context = {
        "total": counts.total(survey, "municipality"),
        "apart": [(kind, counts.total(survey, kind)) for kind in counts.OTHERS],
        "years": charts.by_year(months, asks.asked.as_of),
        "months": charts.by_month(months, asks.asked.as_of),
        "by_country": counts.signed_by(survey, "country"),
        "by_theme": counts.signed_by(survey, "theme"),
        "by_sdg": counts.signed_by(survey, "sdg"),
        "by_mesoregion": counts.signed_by(survey, "mesoregion"),
        "by_state": _states(survey),
        "municipalities": counts.municipalities(survey),
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


def _states(survey: Survey) -> list[tuple[str, int]]:
    """How many agreements stand where in their lives, in the order of a life."""
    counted = ((state, survey.states.get(state)) for state in STATES)
    return [(state, n) for state, each in counted if each and (n := each.signed or each.negotiating)]
