"""`/periodo-eleitoral`: from when to when public pages keep to facts, why, and who decides it."""

from collections.abc import Mapping

from aiohttp import web

from services.registry.http.answers import connection_of, today
from services.registry.http.parameters import read_day
from services.registry.network import electoral
from services.registry.pages.forms import fields
from shared.accounts import Caller
from shared.doors import see_other
from shared.problems import NotFound
from shared.web import page, words_of


async def show(request: web.Request, caller: Caller) -> web.StreamResponse:
    """What holds, and for the coordination the switch."""
    return await _page(request, caller, {}, {})


async def decide(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Set a period."""
    told = await fields(request)
    from_day, to_day = read_day(told.get("from_day", "")), read_day(told.get("to_day", ""))
    say = words_of(request)
    if from_day is None or to_day is None:
        days = {"from_day": from_day, "to_day": to_day}
        missing = {name: say.gettext("Escolha um dia.") for name, day in days.items() if day is None}
        return await _page(request, caller, told, missing)
    try:
        async with connection_of(request) as connection:
            await electoral.decide(connection, from_day, to_day, caller.actor or "")
    except electoral.BadPeriod:
        wrong = {"to_day": say.gettext("O último dia vem depois do primeiro, e no máximo um ano depois.")}
        return await _page(request, caller, told, wrong)
    return see_other("/periodo-eleitoral")


async def revoke(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Take a period back."""
    number = (await fields(request)).get("period", "")
    if not (number.isascii() and number.isdigit()) or len(number) > len("999999999"):
        raise NotFound
    async with connection_of(request) as connection:
        if not await electoral.revoke(connection, int(number), caller.actor or ""):
            raise NotFound
    return see_other("/periodo-eleitoral")


async def _page(
    request: web.Request, caller: Caller, told: Mapping[str, str], errors: Mapping[str, str]
) -> web.Response:
    async with connection_of(request) as connection:
        context = {
            "on": await electoral.period_on(connection, today()),
            "periods": await electoral.periods_from(connection, today()),
            "decides": caller.role == "coordination",
            "told": told,
            "errors": errors,
        }
    status = web.HTTPUnprocessableEntity.status_code if errors else web.HTTPOk.status_code
    return page(request, "registry/citizens/electoral.html", context, status=status)
