"""How `malha dead` reaches the queues and the orders, and who it is that asks."""

import asyncio
import os
import pwd
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from services.command.failure import Failure
from services.command.output import errors
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.dead.letters import Letter

Answer = TypeVar("Answer")


def account() -> str:
    """Whoever is at this terminal, as the audit names them: the machine's account, through sudo too.

    Not an option of the command: two accounts are needed to discard, and the machine knows them apart.
    """
    name = pwd.getpwuid(os.getuid()).pw_name
    return f"account {os.environ.get('SUDO_USER', name) if os.getuid() == 0 else name}"


def looked(stack: Stack, run: Callable[[Any], Awaitable[Answer]]) -> Answer:
    """What *run* answers, over the database; while that is away, without it: the queues can still be read."""

    async def program() -> Answer:
        connected = False
        try:
            async with stack.database() as connection:
                connected = True
                return await _named(run(connection))
        except Failure as away:
            if connected:
                raise
            errors.print(
                f"{away.pt} {away.en} Sem ele, não se vê o que outra pessoa segura nem o que se ordenou. "
                "· Without it neither what others hold nor what was ordered can be seen.",
                markup=False,
            )
        return await _named(run(None))

    return asyncio.run(program())


def ordering(stack: Stack, run: Callable[[Any], Awaitable[Answer]]) -> Answer:
    """What *run* answers, over the database, which must be there."""

    async def program() -> Answer:
        async with stack.database() as connection:
            return await _named(run(connection))

    return asyncio.run(program())


def chosen_from(
    every: "Sequence[Letter]", wanted: Sequence[str], *, missing_is_fine: bool = False
) -> "list[Letter]":
    """Those of *every* that *wanted* names: by id, its beginning, or protocol; else a Failure names it."""
    from shared.notices.protocol import tidy  # noqa: PLC0415 (only what looks pays for it)

    found: dict[str, Letter] = {}
    for name in wanted:
        protocol = tidy(name)
        these = {
            letter.id: letter
            for letter in every
            if letter.id.startswith(name.lower()) or letter.protocol == protocol
        }
        if not these and not missing_is_fine:
            raise not_there(name)
        if len(these) > 1 and protocol not in {letter.protocol for letter in these.values()}:
            raise Failure(f"{name} é o começo de {len(these)} ids.", f"{name} begins {len(these)} ids.")
        found |= these
    return list(found.values())


def shown_instant(instant: datetime | None) -> str | None:
    """An instant in a table, in UTC."""
    return None if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}"


def fact_of(letter: "Letter") -> str | None:
    """The notice's fact, as people call it."""
    return None if letter.type is None else letter.type.removeprefix("br.malha.").removesuffix(".v1")


def not_there(name: str) -> Failure:
    """No message of that name lies there."""
    return Failure(
        f"Não há aviso {name} entre os que falharam: veja `malha dead list`.",
        f"There is no {name} among those that failed: see `malha dead list`.",
    )


async def _named(doing: Awaitable[Answer]) -> Answer:
    """Say in one sentence what went wrong with RabbitMQ, or with the order."""
    from aiormq.exceptions import ChannelAccessRefused  # noqa: PLC0415 (only what looks pays for it)

    from services.registry.dead.holding import SomebodyElseLooks  # noqa: PLC0415 (as above)
    from services.registry.dead.orders import Refused  # noqa: PLC0415 (as above)
    from shared.broker import is_of_the_line  # noqa: PLC0415 (as above)

    try:
        return await doing
    except SomebodyElseLooks:
        raise Failure(
            "Outra pessoa segura a fila há mais de 15 s. Repita em instantes.",
            "Somebody else has held the queue for more than 15 s. Try again in a moment.",
        ) from None
    except Refused as refused:
        raise Failure(*REFUSED[refused.why]) from None
    except ChannelAccessRefused:
        raise Failure(
            "Este usuário do RabbitMQ não lê registry.dead: use o de operação em MALHA_AMQP_URL.",
            "This user of RabbitMQ may not read registry.dead: name the operator's in MALHA_AMQP_URL.",
        ) from None
    except Exception as error:
        if not is_of_the_line(error):
            raise
        why = str(error) or type(error).__name__
        raise Failure(f"O RabbitMQ não responde: {why}.", f"RabbitMQ does not answer: {why}.") from None


REFUSED = {
    "unknown": ("Não há pedido com este número.", "There is no order of this number."),
    "state": (
        "Este pedido já não está nessa fase: veja `malha dead orders`.",
        "This order is past that: see `malha dead orders`.",
    ),
    "same_person": (
        "Quem pediu o descarte não o aprova: é preciso outra pessoa.",
        "Whoever asked for a discard does not approve it: another person must.",
    ),
    "no_person": ("Uma chave não é uma pessoa.", "A key is no person."),
    "other_way": (
        "Aprove por onde se pediu, página ou terminal: só assim se sabe que são duas pessoas.",
        "Approve it the way it was asked for, page or terminal: only so is it known that you are two.",
    ),
}
