"""Carries operators' orders out: one process of the registry, message by message, whatever restarts.

Each message: its copy is confirmed where it belongs, that is noted in PostgreSQL, then the original is
acknowledged. An order ends with the pass that finds nothing of it any more. Who is killed in between finds it
again: a message that is noted and lies there from before the order is only acknowledged; one that lies at its
goal already is not published again. A replay whose note was lost is published twice, and has one effect: the
inbox knows it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, NamedTuple

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from services.registry.dead import orders
from services.registry.dead.holding import Held, SomebodyElseLooks, holding, turn
from services.registry.dead.letters import DEAD, PARKED, SOURCE, copy_for, dated, id_of, letter_of
from services.registry.dead.orders import Order
from services.registry.leader import POLL_SECONDS, Leader, rest
from shared.broker import ConfirmedPublisher, connected, is_of_the_line, sleep
from shared.database import Connection, Database
from shared.problems import OutcomeUnknown

log = structlog.get_logger()

LOCK: Final = 853_000_014
NAME: Final = "malha-registry orders"
PASS_SECONDS: Final = 2.0
"""So long is a queue held in one go; then others may look."""
BETWEEN_SECONDS: Final = 0.2
TICKS_PER_SECOND: Final = 5
PASS_MESSAGES: Final = 1_000
PASS_BYTES: Final = 32 * 1024 * 1024
FORGET_SECONDS: Final = 3_600
LOOKS: Final = 3
"""So often is a message looked for before it is said not to be there."""
_GOAL: Final = {"park": PARKED, "unpark": DEAD}


class Lines(NamedTuple):
    """What carrying out needs: to note, to look, to publish."""

    connection: Connection
    broker: AbstractConnection
    publisher: ConfirmedPublisher

    async def beat(self) -> None:
        """Say something: a leader that is silent for 10 s is none any more."""
        await self.connection.execute("SELECT")


class Selection:
    """What one pass over a queue found of an order."""

    def __init__(self, order: Order, waiting: frozenset[str], settled: frozenset[str]) -> None:
        self.chosen: dict[str, DeliveredMessage] = {}
        self.seen: set[str] = set()
        self.others: dict[str, list[int]] = {}
        """Delivery tags of what is to be acknowledged together with, or after, the chosen one."""
        self._waiting = waiting
        self._settled = settled
        self._before = order.ordered_at
        self._bytes = 0

    def visit(self, message: DeliveredMessage) -> None:
        """Keep *message* if it is to be moved now."""
        found = id_of(message.body)
        if found not in self._waiting and found not in self._settled:
            return
        self.seen.add(found)
        if found in self.chosen or found in self._settled:
            if self._is_older(message):
                self.others.setdefault(found, []).append(message.delivery_tag or 0)
        elif len(self.chosen) < PASS_MESSAGES and self._bytes < PASS_BYTES:
            self.chosen[found] = message
            self._bytes += len(message.body)

    def _is_older(self, message: DeliveredMessage) -> bool:
        """Whether it lay there before the order: what came back since is another matter."""
        published_at = dated(message)
        return published_at is not None and self._before is not None and published_at < _second(self._before)


class Orders(Leader):
    """Carries out what is ready while it leads; stands by otherwise."""

    name = "registry.orders"

    def __init__(self, amqp_url: str, leads: Database) -> None:
        """*leads* holds the lock, and notes what is done."""
        super().__init__(leads, LOCK, orders.CHANNEL)
        self._url = amqp_url
        self._looked: dict[int, int] = {}

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Carry out order after order, until *stop*."""
        forget_at = 0.0
        while not stop.is_set():
            self._news.clear()
            if time.monotonic() > forget_at:
                await orders.forget_drafts(connection)
                forget_at = time.monotonic() + FORGET_SECONDS
            if not await orders.ready(connection):
                await rest(self._news)
                continue
            try:
                async with self._lines(connection) as lines:
                    await self._carry_out(lines, stop)
            except (OutcomeUnknown, SomebodyElseLooks) as error:
                log.warning("orders_wait", why=type(error).__name__)
            except Exception as error:
                if connection.is_closed() or not is_of_the_line(error):
                    raise
                log.warning("orders_wait", why=str(error) or type(error).__name__)
            else:
                continue
            await rest(self._news, POLL_SECONDS)

    @asynccontextmanager
    async def _lines(self, connection: Connection) -> AsyncIterator[Lines]:
        """Open while there is something to do; two of them, since an alarm must not block acknowledging."""
        publisher = ConfirmedPublisher(self._url, f"{NAME} publish")
        done = asyncio.Event()
        publishing = asyncio.create_task(publisher.run(done))
        try:
            async with connected(self._url, NAME) as broker:
                yield Lines(connection, broker, publisher)
        finally:
            done.set()
            await asyncio.wait({publishing})

    async def _carry_out(self, lines: Lines, stop: asyncio.Event) -> None:
        """Go on with every order in turn, until none is ready."""
        begun: set[int] = set()
        while not stop.is_set() and (found := await orders.ready(lines.connection)):
            for order in found:
                async with turn(lines.connection):
                    # What a killed process has moved, and not noted, are the first of those that wait. Looked
                    # at in the same turn: or two orders, there and back, could each take the other's copy.
                    there = frozenset() if order.id in begun else await _at_its_goal(lines, order)
                    begun.add(order.id)
                    await self._pass(lines, order, there, stop)
                await sleep(BETWEEN_SECONDS, stop)

    async def _pass(self, lines: Lines, order: Order, there: frozenset[str], stop: asyncio.Event) -> None:
        """Move as much of the order as 2 s and its rate allow; what is *there* already only goes."""
        connection = lines.connection
        items = await orders.items(connection, order.id)
        waiting = frozenset(item.message for item in items if item.state == "waiting")
        selection = Selection(
            order, waiting, frozenset(item.message for item in items if item.state == "done")
        )
        loop = asyncio.get_running_loop()
        source = SOURCE[order.act]
        async with holding(lines.broker, source, selection.visit, beat=lines.beat) as held:
            for settled in selection.others.keys() - selection.chosen.keys():
                await _acknowledge(held, selection.others[settled])
            rate = order.rate or orders.RATE
            size = max(1, rate // TICKS_PER_SECOND)
            chosen = list(selection.chosen.items())
            until = loop.time() + PASS_SECONDS
            for first in range(0, len(chosen), size):
                if stop.is_set() or loop.time() > until or not await orders.is_ready(connection, order.id):
                    return
                part = dict(chosen[first : first + size])
                next_at = loop.time() + len(part) / rate
                if order.act != "discard":
                    await lines.publisher.publish_all([
                        copy_for(order.act, message, letter_of(message))
                        for found, message in part.items()
                        if found not in there
                    ])  # fmt: skip
                await orders.settle(connection, order, part.keys(), "done")
                for found, message in part.items():
                    await _acknowledge(held, [message.delivery_tag or 0, *selection.others.get(found, [])])
                await sleep(next_at - loop.time(), stop)
            complete = held.complete
        if complete:
            await self._miss(connection, order, waiting - selection.seen)
            # What the pass before acknowledged is not there: the broker has heard it.
            if not chosen and not selection.others:
                await orders.end(connection, order)

    async def _miss(self, connection: Connection, order: Order, unseen: frozenset[str]) -> None:
        """Say of what is not there, time and again, that it is not: somebody else has settled it."""
        if not unseen:
            self._looked.pop(order.id, None)
            return
        self._looked[order.id] = looks = self._looked.get(order.id, 0) + 1
        if looks >= LOOKS:
            del self._looked[order.id]
            await orders.settle(connection, order, unseen, "missing")


async def _at_its_goal(lines: Lines, order: Order) -> frozenset[str]:
    """Which messages lie already where the order moves them: who moved them was ended before it was noted."""
    if order.act not in _GOAL:
        return frozenset()
    found: set[str] = set()

    def visit(message: DeliveredMessage) -> None:
        found.add(id_of(message.body))

    async with holding(lines.broker, _GOAL[order.act], visit, beat=lines.beat):
        return frozenset(found)


async def _acknowledge(held: Held, tags: list[int]) -> None:
    for tag in tags:
        await held.acknowledge(tag)


def _second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
