"""`/operacao/pedidos`: what is to become of failed messages, decided in two steps.

First what it is about is frozen and shown, with what would happen; then somebody gives a reason and decides.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from aiohttp import web
from multidict import MultiDict

from services.registry.dead import orders, trying
from services.registry.dead.letters import DEAD, SOURCE, Act
from services.registry.dead.looking import Wanted
from services.registry.dead.orders import LONGEST_REASON, MOST_RATE, RATE, Order, Refused
from services.registry.dead.trying import Trial
from services.registry.http.answers import connection_of
from services.registry.pages.forms import fields, line
from services.registry.pages.operations import reaching
from services.registry.pages.operations.failed import ORDERS_SHOWN, acts
from services.registry.pages.operations.reaching import OPERATING, who
from services.registry.queries import Connection
from shared import web as look
from shared.accounts import Caller
from shared.doors import see_other
from shared.notices.sentences import Sentence
from shared.problems import NotFound, Problem

TRIED: Final = 50
SHOWN: Final = 200
STEPS: Final = 100
_LONGEST_RATE: Final = 4
_PATH: Final = "/operacao/pedidos"
_UNKNOWN: Final = Sentence("Não há pedido com este número.", "There is no order of this number.")
_NOTHING: Final = Sentence(
    "Nenhum aviso foi escolhido, ou já não estão lá. Volte, atualize a lista e escolha de novo.",
    "No notice was chosen, or they are there no more. Go back, reload the list and choose again.",
)
_REFUSED: Final = {
    "unknown": _UNKNOWN,
    "state": Sentence(
        "Este pedido já passou dessa fase. Volte a ele e veja como está.",
        "This order is past that. Go back to it and see how it stands.",
    ),
    "same_person": Sentence(
        "Quem pediu o descarte não o aprova: é preciso outra pessoa.",
        "Whoever asked for a discard does not approve it: another person must.",
    ),
    "no_person": Sentence(
        "Uma chave não é uma pessoa. Entre com a sua conta e aprove o descarte nesta página.",
        "A key is no person. Sign in with your account, and approve the discard on this page.",
    ),
    "other_way": Sentence(
        "Este descarte foi pedido no terminal: só ali se sabe que são duas pessoas. "
        "Aprove com “malha dead approve”.",
        "This discard was asked for at a terminal: only there is it known that you are two. "
        "Approve it with “malha dead approve”.",
    ),
}


class NotNow(Problem):
    """The order cannot be changed like this."""

    status = 409
    code = "order_not_open"
    title = Sentence("Não é possível agora", "Not possible now")


async def draft(request: web.Request, caller: Caller) -> web.Response:
    """Freeze what was chosen: messages one by one, or all of a cause as they lie there now."""
    told = await fields(request)
    act = _act(told)
    wanted = frozenset(told.getall("message", []))
    if "every" in told:
        chosen = Wanted(line(told.get("motivo")) or None, line(told.get("causa")) or None)
    elif wanted:
        chosen = Wanted()
    else:
        raise NotFound(_NOTHING)
    found = await reaching.letters(request, SOURCE[act], chosen)
    frozen = {
        letter.id: letter.protocol for letter in found.letters if "every" in told or letter.id in wanted
    }
    if not frozen:
        raise NotFound(_NOTHING)
    async with connection_of(request) as connection:
        order = await orders.draft(connection, act, frozen, who(caller))
    return see_other(f"{_PATH}/{order}")


async def list_orders(request: web.Request, _caller: Caller) -> web.Response:
    """The last orders, and the audit of all of them."""
    async with connection_of(request) as connection:
        context = {
            "orders": await orders.latest(connection, ORDERS_SHOWN),
            "steps": await orders.steps(connection, None, STEPS),
            "acts": acts(request),
        }
    return look.page(request, "registry/operations/orders.html", context)


async def one_order(request: web.Request, caller: Caller) -> web.Response:
    """How far it is; of a draft what would happen, and the form that decides."""
    return await _show(request, caller, {}, {})


async def confirm(request: web.Request, caller: Caller) -> web.Response:
    """Decide, with a reason and a rate. What is missing is said, and the form shown again."""
    told = await fields(request)
    reason, rate = told.get("reason", "").strip(), told.get("rate", "").strip()
    say = look.words_of(request)
    errors = {}
    if not reason:
        errors["reason"] = say.gettext("Diga por quê: fica na auditoria, com o seu nome.")
    elif len(reason) > LONGEST_REASON:
        errors["reason"] = say.gettext("O motivo é longo demais: use até 1.000 caracteres.")
    per_second = int(rate) if rate.isascii() and rate.isdigit() and len(rate) <= _LONGEST_RATE else 0
    if not 1 <= per_second <= MOST_RATE:
        errors["rate"] = say.gettext("Escreva um número de 1 a 500.")
    if errors:
        return await _show(request, caller, {"reason": reason, "rate": rate}, errors)
    order = _number(request)
    async with _deciding(request) as connection:
        await orders.confirm(connection, order, who(caller), reason=reason, rate=per_second)
    return see_other(f"{_PATH}/{order}")


async def approve(request: web.Request, caller: Caller) -> web.Response:
    """The second person's word on a discard."""
    order = _number(request)
    async with _deciding(request) as connection:
        await orders.approve(connection, order, who(caller))
    return see_other(f"{_PATH}/{order}")


async def cancel(request: web.Request, caller: Caller) -> web.Response:
    """Nothing more of it is done; a draft is simply dropped."""
    order = _number(request)
    async with _deciding(request) as connection:
        found = await orders.one(connection, order)
        await orders.cancel(connection, order, who(caller))
    return see_other("/operacao" if found is not None and found.state == "draft" else f"{_PATH}/{order}")


async def _show(
    request: web.Request, caller: Caller, told: dict[str, str], errors: dict[str, str]
) -> web.Response:
    number = _number(request)
    async with connection_of(request) as connection:
        order = await orders.one(connection, number)
        if order is None:
            raise NotFound(_UNKNOWN)
        items = await orders.items(connection, number, limit=SHOWN)
        steps = await orders.steps(connection, number, STEPS)
    trials = await _prospects(request, order) if order.state == "draft" and order.act == "replay" else []
    language = look.page_language(request)
    return look.page(
        request,
        "registry/operations/order.html",
        {
            "order": order,
            "items": items,
            "steps": steps,
            "trials": {
                trial.id: (trial, trying.SAYS[trial.prospect].in_language(language)) for trial in trials
            },
            "acts": acts(request),
            "told": {"rate": str(RATE), "reason": "", **told},
            "errors": errors,
            "may_approve": caller.person is not None
            and who(caller) not in {order.ordered_by, order.drafted_by},
        },
        status=web.HTTPUnprocessableEntity.status_code if errors else web.HTTPOk.status_code,
    )


async def _prospects(request: web.Request, order: Order) -> list[Trial]:
    """What would become of the first of a draft's messages."""
    async with connection_of(request) as connection:
        items = await orders.items(connection, order.id, limit=TRIED)
    found = await reaching.bodies(request, DEAD, [item.message for item in items])
    settings = request.app[OPERATING]
    return await trying.try_out(settings.database_url, settings.environment, found)


def _act(told: MultiDict[str]) -> Act:
    act = told.get("act", "")
    if act not in SOURCE:
        raise NotFound(_NOTHING)
    return cast("Act", act)


def _number(request: web.Request) -> int:
    return int(request.match_info["order"])


@asynccontextmanager
async def _deciding(request: web.Request) -> AsyncIterator[Connection]:
    """A connection to decide about an order; raises NotFound or NotNow if that is refused."""
    async with connection_of(request) as connection:
        try:
            yield connection
        except Refused as refused:
            says = _REFUSED[refused.why]
            raise (NotFound if refused.why == "unknown" else NotNow)(says) from None
