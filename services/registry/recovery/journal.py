"""Replays the journal: what was acknowledged and is not registered any more goes to the registry once more.

The whole journal is looked at, not only its end: a notice may have waited for days in a queue before what
registered it was lost. Identities decide, so that looking twice changes nothing; whoever is stopped goes on
where the last record stands.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from services.registry.leader import Leader, rest, speaking
from services.registry.recovery import records
from services.registry.recovery.notices import Found, Told, message_of, read, received_at
from services.registry.recovery.records import Fate, Recovery
from services.registry.writing.registrar import MayWrite, always
from shared import metrics
from shared.broker import ConfirmedPublisher, keep_connected, sleep
from shared.consuming import consuming
from shared.database import Connection, Database
from shared.lifecycle import READY, Readiness
from shared.problems import OutcomeUnknown
from shared.streams import OFFSET, end_of, offset_of

log = structlog.get_logger()

JOURNAL: Final = "notices.journal"
QUEUE: Final = "registry.backfill"
"""Where history goes: what is replayed is never in the way of what is new."""
BATCH_MESSAGES: Final = 500
WAITING_MESSAGES: Final = 2_000
"""So many may wait in the queue; the journal is longer than the queue may be."""
OVERLAP: Final = timedelta(days=1)
"""What was received so long before the database ends, and is another message than the registered one, is
replayed too: it was a repeat, or a conflict of which the record may be lost."""
RETRY_SECONDS: Final = 0.5
_SETTLED_SECONDS: Final = 0.2
_SETTLED_AT_MOST_SECONDS: Final = 600.0
"""Longer than all tries of a notice take: what is neither registered nor dead then was taken by somebody."""
_NEXT_SECONDS: Final = 5.0
_OPEN_SECONDS: Final = 5.0


class JournalReplay(Leader):
    """Replays while it leads and something is to be recovered; stands by otherwise."""

    name = "registry.recovery"

    def __init__(
        self, amqp_url: str, database: Database, environment: str, *, may_begin: MayWrite = always
    ) -> None:
        """*database* has a connection to spare for the lock; *may_begin*: what was lost is written down."""
        super().__init__(database, records.LOCK, records.CHANNEL)
        self._may_begin = may_begin
        self._url = amqp_url
        self._environment = environment
        self._running: str | None = None

    def readiness(self) -> Readiness:
        """Ready all the while: what is recovered comes beside what is new; the detail says how far it is."""
        state = super().readiness()
        return Readiness(ok=True, detail=self._running) if state.ok and self._running else state

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Replay whenever there is reason to, until *stop*."""
        await connection.execute("SET synchronous_commit = off")  # a lost record is looked at again
        async with connection.transaction():  # whoever is ended in between has seen nothing
            if await records.server_changed(connection) and not await records.is_whole_ahead(connection):
                log.error("other_server", recovery=await records.begin(connection, "other_server"))
        while not stop.is_set():
            self._news.clear()
            recovery = await records.unfinished(connection)
            metrics.RECOVERING.set(recovery is not None)
            if recovery is None or not await self._may_begin(connection):
                self._running = None
                await rest(self._news)
            else:
                await self._recover(connection, recovery, stop)

    async def _recover(self, connection: Connection, recovery: Recovery, stop: asyncio.Event) -> None:
        self._running = f"recovery {recovery.id}: reading the journal"
        log.warning("recovery_began", recovery=recovery.id, cause=recovery.cause, head=recovery.head)
        done = asyncio.Event()
        publisher = ConfirmedPublisher(self._url, "malha-registry replay", window=BATCH_MESSAGES)

        async def session(broker: AbstractConnection, ended: asyncio.Event) -> None:
            await self._replay(_Replaying(connection, broker, publisher, ended), recovery)
            done.set()

        async with _until_either(stop, done) as ended:
            publishing = asyncio.create_task(publisher.run(ended))
            try:
                await keep_connected(self._url, "malha-registry journal", session, ended, self._on_broker)
            finally:
                ended.set()
                await asyncio.wait({publishing})

    def _on_broker(self, state: Readiness) -> None:
        if state is not READY:
            self._running = f"recovery: {state.detail}"

    async def _replay(self, at: "_Replaying", recovery: Recovery) -> None:
        database, stop = at.database, at.stop
        known = recovery.journal_to
        end = await speaking(database, end_of(at.broker, JOURNAL, stop, expects_messages=known is not None))
        if stop.is_set():
            return
        if known is None or end is None or end < known:  # or it is another broker's journal by now
            recovery = await _survey(at, recovery, end)
        record = await records.unfinished(database)
        read_to = -1 if record is None or record.read_to is None else record.read_to
        end = recovery.journal_to
        last: list[tuple[str, str, str, str]] = []
        if end is not None and read_to < end:
            start: str | int = "first" if read_to < 0 else read_to + 1
            async for offset, messages in _journal(at, start, end):
                found = [each for message in messages if (each := read(message, self._environment))]
                again = await _wanted(database, recovery, found)
                await _publish(at, again)
                await records.read(database, recovery.id, offset, len(again))
                metrics.REPLAYED.inc(len(again))
                last = [each.told.identity for each in again] or last
                self._running = f"recovery {recovery.id}: read to {offset} of {end} in the journal"
                if again:
                    await at.wait_for_room()
        if stop.is_set():
            return
        await _until_settled(database, last, stop)
        await records.finish(database, recovery.id)
        record = await records.last(database)
        log.warning("recovered", recovery=recovery.id, replayed=record.replayed if record else 0)


class _Replaying(NamedTuple):
    """What a replay works with: it ends with *stop*, or with either of the connections."""

    database: Connection
    broker: AbstractConnection
    publisher: ConfirmedPublisher
    stop: asyncio.Event

    async def wait_for_room(self) -> None:
        """Return when few enough wait in the queue."""
        while not self.stop.is_set() and await _depth(self.broker) > WAITING_MESSAGES:
            await self.database.execute("SELECT")  # a silent leader loses the lead
            await sleep(RETRY_SECONDS, self.stop)


@asynccontextmanager
async def _until_either(stop: asyncio.Event, done: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """An event that is set when one of the two is, for the block."""
    ended = asyncio.Event()

    async def pass_on(event: asyncio.Event) -> None:
        await event.wait()
        ended.set()

    passing = [asyncio.create_task(pass_on(event)) for event in (stop, done)]
    try:
        yield ended
    finally:
        for task in passing:
            task.cancel()


async def _survey(at: _Replaying, recovery: Recovery, end: int | None) -> Recovery:
    """Keep how far the journal goes, up to *end*: what comes later comes through the queues."""
    first: int | None = None
    since: datetime | None = None
    if end is not None:
        async for _, messages in _journal(at, "first", end):
            first = offset_of(messages[0])
            since = next((told for message in messages if (told := received_at(message))), None)
            break
    if not at.stop.is_set():
        await records.surveyed(at.database, recovery.id, first, end, since)
    return recovery._replace(journal_from=first, journal_to=end, journal_since=since)


async def _journal(
    at: _Replaying, start: str | int, end: int
) -> AsyncIterator[tuple[int, list[DeliveredMessage]]]:
    """The messages from *start* to the offset *end*, some at a time with the offset of the last of them."""
    async with consuming(
        at.broker, JOURNAL, at.stop, prefetch=4 * BATCH_MESSAGES, arguments={OFFSET: start}
    ) as deliveries:
        offset = -1
        while offset < end:
            message = await deliveries.next(_NEXT_SECONDS)
            if message is None:
                if at.stop.is_set():
                    return
                raise TimeoutError("the journal does not deliver")
            messages = [message, *deliveries.waiting(BATCH_MESSAGES - 1)]
            offset = offset_of(messages[-1])
            yield offset, [each for each in messages if offset_of(each) <= end]
            await deliveries.acknowledge(messages[-1], multiple=True)


async def _wanted(database: Connection, recovery: Recovery, found: Sequence[Found]) -> list[Found]:
    """Those of *found* that the registry has to hear of once more."""
    fates = await records.fates(database, [each.told.identity for each in found])
    since = None if recovery.registered_at is None else recovery.registered_at - OVERLAP
    return [each for each, fate in zip(found, fates, strict=True) if _is_wanted(each.told, fate, since)]


def _is_wanted(told: Told, fate: Fate, since: datetime | None) -> bool:
    if fate.received is not None:
        return fate.received != told.receivedat and since is not None and told.receivedat >= since
    return fate.told or not fate.dead  # what is dead is an operator's matter, and lies where it is seen


async def _publish(at: _Replaying, again: Sequence[Found]) -> None:
    """Publish until all are confirmed, or the block ends: then they are published once more."""
    messages = [message_of(each, QUEUE) for each in again]
    while messages and not at.stop.is_set():
        try:
            return await at.publisher.publish_all(messages)
        except OutcomeUnknown:
            await at.database.execute("SELECT")
            await sleep(RETRY_SECONDS, at.stop)
    if messages:
        raise ConnectionError("the replay ends before its messages are confirmed")
    return None


async def _until_settled(
    database: Connection, notices: Sequence[tuple[str, str, str, str]], stop: asyncio.Event
) -> None:
    """Wait until each of *notices*, the last that were published, is registered or dead."""
    until = time.monotonic() + _SETTLED_AT_MOST_SECONDS
    while notices and not stop.is_set() and time.monotonic() < until:
        fates = await records.fates(database, notices)
        notices = [
            each for each, fate in zip(notices, fates, strict=True) if not (fate.received or fate.dead)
        ]
        if notices:
            await sleep(_SETTLED_SECONDS, stop)


async def _depth(broker: AbstractConnection) -> int:
    transport = broker.transport
    if transport is None:
        raise ConnectionError("the connection ended")
    async with asyncio.timeout(_OPEN_SECONDS):
        channel = await transport.connection.channel(publisher_confirms=False)
        declared = await channel.queue_declare(QUEUE, passive=True)
        await channel.close()
    return declared.message_count or 0
