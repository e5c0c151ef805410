"""How the pages of operations reach the queues."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from aiohttp import web

from services.registry.dead import looking
from services.registry.dead.holding import SomebodyElseLooks
from services.registry.dead.letters import Letter
from services.registry.dead.looking import EVERY, Listing, Wanted
from services.registry.http.answers import connection_of
from services.registry.queries import Connection
from services.registry.settings import Settings
from shared.accounts import Caller
from shared.broker import is_of_the_line
from shared.notices.sentences import Sentence
from shared.problems import Unavailable

OPERATING: web.AppKey[Settings] = web.AppKey("operating", Settings)
LOOK_SECONDS: Final = 30.0
_AWAY: Final = Sentence(
    "O RabbitMQ não responde. Os avisos que falharam estão a salvo nas filas; tente de novo em instantes.",
    "RabbitMQ does not answer. The notices that failed are safe in their queues; try again in a moment.",
)
_HELD: Final = Sentence(
    "Outra pessoa está olhando a fila. Tente de novo em instantes.",
    "Somebody else is looking at the queue. Try again in a moment.",
)
Answer = TypeVar("Answer")


async def letters(request: web.Request, queue: str, wanted: Wanted = EVERY) -> Listing:
    """What lies in *queue*. Raises Unavailable (503)."""
    url = request.app[OPERATING].amqp_url
    return await _looked(request, lambda connection: looking.look(url, connection, queue, wanted))


async def bodies(request: web.Request, queue: str, ids: Sequence[str]) -> dict[str, tuple[Letter, bytes]]:
    """These messages of *queue*, with their bodies. Raises Unavailable (503)."""
    url = request.app[OPERATING].amqp_url
    return await _looked(request, lambda connection: looking.fetch(url, connection, queue, ids))


def who(caller: Caller) -> str:
    """*caller*, as the audit of orders names them."""
    return f"key {caller.key}" if caller.person is None else f"person {caller.person}"


async def _looked(request: web.Request, look: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async with connection_of(request, seconds=LOOK_SECONDS) as connection:
        try:
            return await look(connection)
        except SomebodyElseLooks:
            raise Unavailable(_HELD) from None
        except Exception as error:
            if connection.is_closed() or not is_of_the_line(error):
                raise
            raise Unavailable(_AWAY) from None
