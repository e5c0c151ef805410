"""Takes notices from their queues, has them registered, and settles them: nothing is acknowledged earlier."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import asyncpg
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from services.registry.taking import noting, reading
from services.registry.taking.intake import BATCH_MESSAGES, Batch, Intake, open_intake
from services.registry.taking.returning import Returning
from services.registry.taking.settlement import Settlement
from services.registry.writing import attempts
from services.registry.writing.drafting import Registered
from services.registry.writing.outcome import Outcome
from services.registry.writing.registrar import HeadInDoubt, MayWrite, Registrar, always
from shared import metrics
from shared.broker import keep_connected, sleep
from shared.database import Connection, Database, DatabaseUnavailable
from shared.lifecycle import READY, Readiness
from shared.notices.canary import read_canary
from shared.notices.envelope import Delivery, InvalidDelivery
from shared.notices.protocol import is_well_formed
from shared.problems import OutcomeUnknown

log = structlog.get_logger()

ATTEMPTS: Final = 3
"""So many attempts on one message that ended with the process: it is taken to be their cause."""
HOLD_SECONDS: Final = 300.0
"""So long are messages held while PostgreSQL is away; RabbitMQ ends a consumer that holds them for 30 min."""
PAUSE_SECONDS: Final = (0.05, 5.0)
BACKLOG_SECONDS: Final = 0.5
DOUBTS: Final = 10
"""An InterfaceError is the line's, or a mistake of ours about one notice: so often in a row it is ours."""

_AWAY: Final = Readiness(ok=False, detail="PostgreSQL: away; notices wait in their queues")
_IN_DOUBT: Final = Readiness(ok=False, detail="feed: its end is not read yet; notices wait in their queues")
Result = TypeVar("Result")


class DatabaseOutage(Exception):  # noqa: N818 - what it is
    """PostgreSQL was away for longer than messages are held."""


class EndedProcess(Exception):  # noqa: N818 - what it did
    """Each attempt on the message ended with the process."""


class Consumer:
    """Registers what the home queues hold, for as long as it runs."""

    name = "registry.consumer"

    def __init__(
        self,
        amqp_url: str,
        database: Database,
        environment: str,
        *,
        may_write: MayWrite = always,
        on_registered: Callable[[list[tuple[int, str]]], None] = lambda _: None,
        batch_messages: int = BATCH_MESSAGES,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        """*may_write* says on a new connection whether positions may be given there.

        *on_registered* is given, after each commit, the new positions and what the feed says of them.
        """
        self._url = amqp_url
        self._database = database
        self._registrar = Registrar(database, may_write=may_write)
        self._settlement = Settlement(amqp_url)
        self._environment = environment
        self._on_registered = on_registered
        self._batch_messages = batch_messages
        self._hold_seconds = hold_seconds
        self._broker = Readiness(ok=False, detail="RabbitMQ: not connected yet")
        self._memory = READY
        self._begun: set[str] = set()
        self._returning = Returning()
        self._stop = asyncio.Event()
        self._full_at = float("-inf")

    def is_busy(self) -> bool:
        """Whether there is a backlog: not long ago a batch left something for the next."""
        return time.monotonic() - self._full_at < BACKLOG_SECONDS

    def readiness(self) -> Readiness:
        """Ready while both queues are consumed and PostgreSQL takes what they hold."""
        return self._memory if self._broker.ok else self._broker

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until *stop*; then take no more, and finish what was handed over."""
        self._stop = stop
        consumed = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._settlement.run(consumed))
            try:
                await keep_connected(
                    self._url, "malha-registry consume", self._session, stop, self._on_broker
                )
            finally:
                consumed.set()
                await self._registrar.close()

    def _on_broker(self, state: Readiness) -> None:
        self._broker = state

    async def _session(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not self._memory.ok:  # of what came then, another process may have taken the rest
                await self._wait_for_database(stop)
                continue
            try:
                async with open_intake(connection, stop, self._returning, self._batch_messages) as intake:
                    self._on_broker(READY)
                    while (batch := await intake.next()) is not None:
                        await _to_its_end(self._handle(batch, intake))
            except DatabaseOutage:
                log.warning("intake_closed", why="PostgreSQL is away: the messages wait in their queues")

    async def _handle(self, batch: Batch, intake: Intake) -> None:
        """Register the batch, say what became of each message, acknowledge them."""
        began = time.perf_counter()
        if batch.has_more:
            self._full_at = time.monotonic()
        notices, canaries = reading.parted(batch.messages)
        if notices and batch.is_suspect:
            await self._handle_alone(batch._replace(messages=notices), intake)
        elif notices:
            await self._register(batch._replace(messages=notices), intake, None)
        if canaries:
            await self._pass_on(canaries[-1], intake)
        await batch.queue.acknowledge(batch.messages)
        metrics.REGISTER_SECONDS.observe(time.perf_counter() - began)

    async def _handle_alone(self, batch: Batch, intake: Intake) -> None:
        """Handle one message that came before: perhaps it is what ended a process."""
        message = batch.messages[0]
        message_id, count = reading.message_id(message), 1
        # One that this process has begun already did not end it, and is not counted again.
        if message_id not in self._begun:
            await self._hold(self._registrar.warm_up, intake)
            count = await self._hold(lambda: self._with_database(attempts.begin, message_id), intake)
            self._begun.add(message_id)
            if count > ATTEMPTS:
                await self._bury(batch.queue.name, message, "ended_process", EndedProcess(), intake)
        registered = count <= ATTEMPTS and await self._register(batch, intake, message_id)
        if not registered:
            await self._hold(lambda: self._with_database(attempts.forget, message_id), intake)
        self._begun.discard(message_id)

    async def _register(self, batch: Batch, intake: Intake, attempt: str | None) -> bool:
        """Register what can be read; whether all of it was, the *attempt* being over with it."""
        read = [(message, reading.read_delivery(message, self._environment)) for message in batch.messages]
        deliveries = [told for _, told in read if isinstance(told, Delivery)]
        noting.note_taken(deliveries)
        found = iter(await self._outcomes(deliveries, attempt, intake))
        settled: list[tuple[DeliveredMessage, Delivery, Outcome]] = []
        for message, told in read:
            outcome = told if isinstance(told, InvalidDelivery) else next(found)
            if isinstance(outcome, InvalidDelivery):
                await self._bury(batch.queue.name, message, "junk", outcome, intake)
            elif isinstance(outcome, Exception):
                await self._fail(batch.queue.name, message, outcome, intake)
            elif isinstance(told, Delivery):
                settled.append((message, told, outcome))
        self._on_registered(
            [
                (outcome.position, outcome.item)
                for *_, outcome in settled
                if isinstance(outcome, Registered) and outcome.item is not None
            ]
        )
        self._settlement.answer([(message, outcome) for message, _, outcome in settled])
        noting.note_registered(settled, batch_size=len(batch.messages))
        return len(settled) == len(read)

    async def _outcomes(
        self, deliveries: list[Delivery], attempt: str | None, intake: Intake
    ) -> list[Outcome | Exception]:
        if not deliveries:
            return []
        try:
            return await self._hold(lambda: self._registrar.register(deliveries, attempt), intake)
        except asyncpg.InterfaceError as error:
            if len(deliveries) == 1:
                return [error]
        return [
            outcome
            for delivery in deliveries
            for outcome in await self._outcomes([delivery], attempt, intake)
        ]

    async def _pass_on(self, message: DeliveredMessage, intake: Intake) -> None:
        """Have a canary committed as a notice is; one that cannot be is dropped, since others follow."""
        canary = read_canary(message.body)
        if canary is None or canary.environment != self._environment:
            log.warning("canary_dropped", why="not a canary of this stack")
            return
        try:
            await self._hold(lambda: self._registrar.pass_canary(canary), intake)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.error("canary_dropped", why=type(error).__name__)  # noqa: TRY400 (the kind says it)
        else:
            metrics.canary_reached("registered", canary.age_seconds())

    # ----------------------------------------------------------------------- what cannot be registered
    async def _fail(self, queue: str, message: DeliveredMessage, error: Exception, intake: Intake) -> None:
        if self._settlement.is_last_try(message):
            await self._bury(queue, message, "failed", error, intake)
        else:
            await self._until_known(lambda: self._settlement.delay(queue, message, error), intake)

    async def _bury(
        self, queue: str, message: DeliveredMessage, reason: str, error: Exception, intake: Intake
    ) -> None:
        """Lay the message to rest in registry.dead, and keep that for its receipt."""
        await self._until_known(lambda: self._settlement.bury(queue, message, reason, error), intake)
        protocol = (message.header.properties.headers or {}).get("protocol")
        if isinstance(protocol, str) and is_well_formed(protocol):
            told = reading.read_delivery(message, self._environment)
            received_at = told.received_at if isinstance(told, Delivery) else None
            row = (protocol, reading.message_id(message), received_at, reason)
            await self._hold(lambda: self._with_database(attempts.bury, *row), intake)
        metrics.DEAD.labels(reason).inc()

    async def _until_known(self, publish: Callable[[], Awaitable[None]], intake: Intake) -> None:
        """Publish until it is confirmed: before that the original must not be acknowledged."""
        while True:
            try:
                return await publish()
            except OutcomeUnknown:
                if intake.ended or self._stop.is_set():
                    raise ConnectionError("the messages go back before their copies are confirmed") from None
                await sleep(PAUSE_SECONDS[0], self._stop)

    # ------------------------------------------------------------------------- while PostgreSQL is away
    async def _with_database(self, work: Callable[..., Awaitable[Result]], *arguments: Any) -> Result:
        async with self._database.connection() as connection:
            return await work(connection, *arguments)

    async def _hold(self, work: Callable[[], Awaitable[Result]], intake: Intake) -> Result:
        """Do *work*, again and again while PostgreSQL is away.

        Raises DatabaseOutage when that lasts too long, ConnectionError when the messages are not ours any
        more, and the driver's InterfaceError when it looks like a mistake of our own.
        """
        began, pause, doubts = time.monotonic(), PAUSE_SECONDS[0], 0
        while True:
            try:
                result = await work()
            except DatabaseUnavailable as error:
                cause = error.__cause__
                doubts = doubts + 1 if isinstance(cause, asyncpg.InterfaceError) else 0
                if isinstance(cause, asyncpg.InterfaceError) and doubts > DOUBTS:
                    raise cause from None
                away = _IN_DOUBT if isinstance(error, HeadInDoubt) else _AWAY
            else:
                self._memory = READY
                return result
            self._memory = away
            if intake.ended:
                raise ConnectionError("the messages went back while PostgreSQL was away")
            if self._stop.is_set() or time.monotonic() - began > self._hold_seconds:
                raise DatabaseOutage
            await sleep(pause * random.uniform(0.5, 1.0), self._stop)  # noqa: S311 - jitter is no secret
            pause = min(pause * 2, PAUSE_SECONDS[1])

    async def _wait_for_database(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._with_database(_answers)
            except DatabaseUnavailable:
                await sleep(PAUSE_SECONDS[1], stop)
            else:
                self._memory = READY
                return


async def _answers(connection: Connection) -> None:
    await connection.execute("SELECT FROM head")


async def _to_its_end(work: Awaitable[None]) -> None:
    """Do *work* to its end even if the connection ends: what is begun is committed, only not acknowledged."""
    doing = asyncio.ensure_future(work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        if not doing.cancelled():
            doing.exception()
        raise
