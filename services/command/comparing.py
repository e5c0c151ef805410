"""A database that was restored, held against what the services and the readers know of since."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.command.output import console, errors
from services.command.stack import Stack

if TYPE_CHECKING:
    from aio_pika.abc import AbstractConnection

    from shared.database import Database
    from shared.directory import DirectoryFollower
    from shared.settings import Environment

COMPARE_SECONDS: Final = 900.0
CONNECT_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.2
POSITIONS_LEFT_OUT: Final = 1_000_000
"""Where the feed's stream is gone too: more than can have been told since the backup."""


@contextmanager
def quiet() -> Iterator[None]:
    """What the registry's parts would log is said in the command's own words."""
    import structlog  # noqa: PLC0415 (every command pays only for what it uses)

    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


async def compare(stack: Stack) -> None:
    """Do what the registry does first of all when it starts, while nobody can read yet.

    With RabbitMQ away it is left to the registry, and said.
    """
    with quiet():
        await _compare(stack)


async def _compare(stack: Stack) -> None:
    from services.registry.network.directory import DirectoryPublisher  # noqa: PLC0415 (every command pays only for what it uses)
    from services.registry.telling.publisher import FeedPublisher  # noqa: PLC0415 (as above)
    from shared.broker import CONNECTION_ERRORS, ConfirmedPublisher  # noqa: PLC0415 (as above)
    from shared.database import Database  # noqa: PLC0415 (as above)
    from shared.directory import DirectoryFollower  # noqa: PLC0415 (as above)

    url = stack.amqp_url
    leads = Database(stack.database_url, "malha restore", most_connections=4)
    items = ConfirmedPublisher(url, "malha-registry publish feed")
    versions = ConfirmedPublisher(url, "malha-registry publish directory")
    follower = DirectoryFollower(url, "registry", stack.environment)
    stop = asyncio.Event()
    running: list[asyncio.Task[None]] = []
    try:
        await _leave_out_what_nobody_knows(url, leads, stop)
        directory = DirectoryPublisher(_environment(stack), leads, versions, follower)
        parts = (items, versions, follower, FeedPublisher(url, leads, items), directory)
        running += [asyncio.create_task(part.run(stop)) for part in parts]
        async with asyncio.timeout(COMPARE_SECONDS):
            await _until_compared(leads, follower, running)
    except CONNECTION_ERRORS:
        errors.print(
            "O RabbitMQ não respondeu: o registro fará o resto quando começar, antes de registrar. Até lá "
            "pode mostrar o que foi apagado depois da cópia: não o abra a ninguém antes de estar pronto.\n"
            "RabbitMQ did not answer: the registry will do the rest when it starts, before it registers. "
            "Until then it may show what was erased since: let nobody in before it is ready.",
            markup=False,
        )
    else:
        console.print(
            "Apagamentos refeitos, chaves conferidas. Inicie o registro: ele refaz o que o diário guarda, e "
            "`malha recover` mostra até onde foi e o que falta.\n"
            "Erasures are done again, keys are as they were. Start the registry: it replays the journal, and "
            "`malha recover` shows how far it is, and what is missing.",
            markup=False,
        )
    finally:
        stop.set()
        if running:
            await asyncio.wait(running, timeout=CONNECT_SECONDS)
        await leads.close()


async def _leave_out_what_nobody_knows(url: str, leads: "Database", stop: asyncio.Event) -> None:
    """With the feed's stream gone as well, leave out more positions than can have been given since."""
    from services.registry.telling.tail import STREAM  # noqa: PLC0415 (as above)
    from shared import broker  # noqa: PLC0415 (as above)
    from shared.streams import end_of  # noqa: PLC0415 (as above)

    end: int | None = None
    async with leads.connection() as database:
        expected: bool = await database.fetchval(_PUBLISHED)

    async def look(connection: "AbstractConnection", _: asyncio.Event) -> None:
        nonlocal end
        end = await end_of(connection, STREAM, stop, expects_messages=expected)
        looked.set()

    looked = asyncio.Event()
    async with asyncio.timeout(LOOK_SECONDS):
        await broker.keep_connected(url, "malha-registry feed", look, looked, lambda _: None)
    if end is not None:
        return
    async with leads.connection() as database:
        head = await database.fetchval(_LEAVE_OUT, POSITIONS_LEFT_OUT)
    if head is not None:
        console.print(
            f"O fluxo do feed se perdeu também: as posições seguem depois de {head} · the feed's stream is "
            f"gone too: positions go on after {head}",
            markup=False,
        )


_LEAVE_OUT: Final = "UPDATE head SET position = position + $1 WHERE position > 0 RETURNING position"
_PUBLISHED: Final = "SELECT EXISTS (SELECT FROM publication)"
_VERSION: Final = "SELECT version FROM directory"


async def _until_compared(
    leads: "Database", follower: "DirectoryFollower", running: Sequence[asyncio.Task[None]]
) -> None:
    from services.registry.telling.publisher import is_compared  # noqa: PLC0415 (as above)

    while True:
        for task in running:
            if task.done():
                await task  # what failed, fails here
        async with leads.connection() as database:
            version: int = await database.fetchval(_VERSION)
            told = follower.current is not None and follower.current.version == version
            if told and await is_compared(database):
                return
        await asyncio.sleep(POLL_SECONDS)


def _environment(stack: Stack) -> "Environment":
    return "live" if stack.environment == "live" else "test"
