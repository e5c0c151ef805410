"""`/operacao`, `/operacao/falhas`: what failed, by cause, one by one, and one of them whole."""

from typing import Final, NamedTuple

from aiohttp import web

from services.registry.dead import advice, orders
from services.registry.dead.letters import DEAD, PARKED, Letter, readable
from services.registry.dead.looking import Group, Wanted, grouped, note_read
from services.registry.http.answers import connection_of
from services.registry.pages.forms import line
from services.registry.pages.operations import reaching
from shared import web as look
from shared.accounts import Caller
from shared.notices.sentences import Sentence
from shared.problems import NotFound

SHOWN: Final = 200
ORDERS_SHOWN: Final = 20
SET_ASIDE: Final = "separados"
_GONE: Final = Sentence(
    "Este aviso já não está entre os que falharam: foi reenviado, descartado ou movido por outra ferramenta.",
    "This notice is no longer among those that failed: replayed, discarded, or moved by another tool.",
)


class Cause(NamedTuple):
    """A group as it is shown."""

    group: Group
    reason: str
    advice: str


async def overview(request: web.Request, _caller: Caller) -> web.Response:
    """By cause, what lies in both queues, with what to do; and the last orders."""
    dead = await reaching.letters(request, DEAD)
    parked = await reaching.letters(request, PARKED)
    async with connection_of(request) as connection:
        latest = await orders.latest(connection, ORDERS_SHOWN)
    return look.page(
        request,
        "registry/operations/overview.html",
        {
            "dead": _causes(request, dead.letters),
            "parked": _causes(request, parked.letters),
            "counts": {"dead": len(dead.letters), "parked": len(parked.letters)},
            "complete": dead.complete and parked.complete,
            "orders": latest,
            "acts": acts(request),
        },
    )


async def list_letters(request: web.Request, _caller: Caller) -> web.Response:
    """One by one, the oldest first, of one cause if asked for."""
    aside = request.query.get("fila") == SET_ASIDE
    reason, cause, member = (
        line(request.query.get(name, "").replace("\x00", "")) or None
        for name in ("motivo", "causa", "membro")
    )
    found = await reaching.letters(request, PARKED if aside else DEAD, Wanted(reason, cause, member=member))
    return look.page(
        request,
        "registry/operations/letters.html",
        {
            "letters": found.letters[:SHOWN],
            "count": len(found.letters),
            "complete": found.complete,
            "aside": aside,
            "chosen": {"motivo": reason or "", "causa": cause or "", "membro": member or ""},
            "reasons": reasons(request),
        },
    )


async def one_letter(request: web.Request, caller: Caller) -> web.Response:
    """The notice readable, its journey, and what to do. That it was read is noted."""
    message = request.match_info["message"]
    for queue in (DEAD, PARKED):
        if found := (await reaching.bodies(request, queue, [message])).get(message):
            break
    else:
        raise NotFound(_GONE)
    letter, body = found
    async with connection_of(request) as connection:
        steps = await orders.of_message(connection, message)
        await note_read(connection, caller, letter, queue)
    return look.page(
        request,
        "registry/operations/letter.html",
        {
            "letter": letter,
            "aside": queue == PARKED,
            "text": readable(body),
            "steps": steps,
            "reasons": reasons(request),
            "advice": advice.advice_on(letter.reason).in_language(look.page_language(request)),
            "acts": acts(request),
        },
    )


def reasons(request: web.Request) -> dict[str, str]:
    """What each reason says to the reader."""
    language = look.page_language(request)
    return {reason: says.in_language(language) for reason, says in advice.REASONS.items()}


def acts(request: web.Request) -> dict[str, str]:
    """What each act is called."""
    language = look.page_language(request)
    return {act: says.in_language(language) for act, says in advice.ACTS.items()}


def _causes(request: web.Request, letters: list[Letter]) -> list[Cause]:
    language = look.page_language(request)
    return [
        Cause(
            group,
            advice.reason_said(group.reason).in_language(language),
            advice.advice_on(group.reason).in_language(language),
        )
        for group in grouped(letters)
    ]
