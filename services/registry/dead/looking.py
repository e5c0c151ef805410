"""What lies in registry.dead and registry.parked, read without taking it."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from services.registry.dead.holding import holding, turn
from services.registry.dead.letters import Letter, id_of, letter_of
from services.registry.network import audit
from services.registry.queries import Connection
from shared.accounts import Caller
from shared.broker import connected

NAME: Final = "malha operator looks"
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Listing(NamedTuple):
    """What lay there, the oldest first. *complete*: nothing was held back by somebody else meanwhile."""

    letters: list[Letter]
    complete: bool


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that died of the same thing; *error* is that of the oldest of them."""

    reason: str
    error: str
    count: int
    members: int
    oldest: datetime | None
    newest: datetime | None
    first: str
    cause: str


class Wanted(NamedTuple):
    """Which messages are asked for; None: any. *cause* is a group's, *error* a piece of the error's text."""

    reason: str | None = None
    cause: str | None = None
    error: str | None = None
    member: str | None = None
    type: str | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether *letter* is one of them."""
        return (
            (self.reason is None or letter.reason == self.reason)
            and (self.cause is None or letter.cause[1] == self.cause)
            and (self.error is None or self.error.casefold() in letter.error.casefold())
            and (self.member is None or letter.member == self.member)
            and (self.type is None or letter.type == self.type)
        )


EVERY: Final = Wanted()


async def listed(
    broker: AbstractConnection, connection: Connection | None, queue: str, wanted: Wanted = EVERY
) -> Listing:
    """What lies in *queue* and is *wanted*, the oldest first.

    Takes its turn with others who look over *connection*; without one, while PostgreSQL is away, what others
    hold is missing.
    """
    found: list[Letter] = []

    def visit(message: DeliveredMessage) -> None:
        letter = letter_of(message)
        if wanted.takes(letter):
            found.append(letter)

    async with (
        nullcontext() if connection is None else turn(connection),
        holding(broker, queue, visit) as held,
    ):
        complete = held.complete
    found.sort(key=lambda letter: letter.died_at or _NEVER)
    return Listing(found, complete)


async def bodies(
    broker: AbstractConnection, connection: Connection | None, queue: str, ids: Iterable[str]
) -> dict[str, tuple[Letter, bytes]]:
    """The messages of *ids* that lie in *queue*, with their bodies."""
    wanted = frozenset(ids)
    found: dict[str, tuple[Letter, bytes]] = {}

    def visit(message: DeliveredMessage) -> None:
        if id_of(message.body) in wanted:
            letter = letter_of(message)
            found.setdefault(letter.id, (letter, message.body))

    async with nullcontext() if connection is None else turn(connection), holding(broker, queue, visit):
        return found


async def look(amqp_url: str, connection: Connection | None, queue: str, wanted: Wanted = EVERY) -> Listing:
    """The same as `listed`, over a connection of its own."""
    async with connected(amqp_url, NAME) as broker:
        return await listed(broker, connection, queue, wanted)


async def fetch(
    amqp_url: str, connection: Connection | None, queue: str, ids: Iterable[str]
) -> dict[str, tuple[Letter, bytes]]:
    """The same as `bodies`, over a connection of its own."""
    async with connected(amqp_url, NAME) as broker:
        return await bodies(broker, connection, queue, ids)


async def note_read(connection: Connection, caller: Caller, letter: Letter, queue: str) -> None:
    """Note that *caller* read what the message says: it may tell of an agreement that is restricted."""
    await audit.note(connection, caller, "read", letter.protocol or letter.id[:16], queue)


def grouped(letters: Sequence[Letter]) -> list[Group]:
    """*letters*, which stand the oldest first, by what they died of."""
    groups: dict[tuple[str, str], list[Letter]] = {}
    for letter in letters:
        groups.setdefault(letter.cause, []).append(letter)
    return [
        Group(
            reason=reason,
            error=together[0].error,
            count=len(together),
            members=len({letter.member for letter in together if letter.member}),
            oldest=together[0].died_at,
            newest=together[-1].died_at,
            first=together[0].id,
            cause=cause,
        )
        for (reason, cause), together in groups.items()
    ]
