"""Registers deliveries: one batch, one transaction, its positions included.

The registering transaction first locks the head row, so there is one writer at a time; a second registry
process takes its turn between batches. What was committed without our hearing of it is found in the inbox.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime

import asyncpg
import structlog

from services.registry import rulebook
from services.registry.folding.rules import NO_RULES, Rules
from services.registry.writing import attempts, canaries, erasure, lookup, store
from services.registry.writing.agreements import FOLDED, AgreementDraft
from services.registry.writing.drafting import Batch, Registered
from services.registry.writing.outcome import Outcome, outcome_of
from services.registry.writing.overtaking import mark_overtaken
from services.registry.writing.recalling import Stored, recall
from shared.database import Connection, Database, DatabaseUnavailable, commit, is_transient
from shared.notices.canary import Canary
from shared.notices.envelope import Delivery, Notice, NoticeKey

log = structlog.get_logger()

PART_NOTICES = 80
"""A large batch is written in parts of at most this size, inside its one transaction;"""
LAST_PART_NOTICES = 45
"""the last ones are smaller, since nothing is left to be worked out while they are written."""
TURN_NOTICES = 10
"""After so many, whatever else the process does gets its turn, the reading of the connection included."""
_ROLLBACK_SECONDS = 5.0
_ABOUT_NIL_RETURNS = frozenset({
    "br.malha.municipality.nothing_to_declare.v1", "br.malha.agreement.retracted.v1",
})  # fmt: skip


class UnknownMember(Exception):  # noqa: N818 - a finding about a notice, not a fault of ours
    """The notice speaks of a member that the registry does not know."""


class HeadInDoubt(DatabaseUnavailable):
    """Nobody has said yet that the head is not below what the feed has told."""


MayWrite = Callable[[Connection], Awaitable[bool]]


async def always(_connection: Connection) -> bool:
    """Where no feed has told any position."""
    return True


_NOBODY = NoticeKey("", "", "")


class Registrar:
    """Writes notices down on a connection of its own, one batch at a time."""

    def __init__(self, database: Database, *, may_write: MayWrite = always) -> None:
        """*may_write* is asked once on each new connection: the server may be another one than before."""
        self._database = database
        self._may_write = may_write
        self._held = AsyncExitStack()
        self._connection: Connection | None = None
        self._allowed: Connection | None = None
        self._members: dict[str, lookup.MemberRow] = {}
        self._members_version = -1
        self._rules = NO_RULES

    async def register(
        self, deliveries: Sequence[Delivery], attempt: str | None = None
    ) -> list[Outcome | Exception]:
        """Register *deliveries* in this order; what became of each, or why it failed by itself.

        The attempt on the message *attempt* is over with the same transaction. Raises DatabaseUnavailable:
        then nobody knows what is registered, and the same call may be made again.
        """
        try:
            return list(await self._register(deliveries, attempt))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others of the batch are innocent of it
            if len(deliveries) == 1:
                return [error]
            log.warning("batch_failed", count=len(deliveries), why=type(error).__name__)
        # In halves: one bad notice among 250 costs the others 16 transactions, not 250.
        middle = len(deliveries) // 2
        return [*await self.register(deliveries[:middle]), *await self.register(deliveries[middle:])]

    async def warm_up(self) -> None:
        """Have line, plans and members at hand, so that the first attempt lasts no longer than the others.

        Raises DatabaseUnavailable.
        """
        if self._connection is not None:
            return
        async with self._transaction() as connection:
            [known] = await lookup.look_up(connection, [_NOBODY], [None])
            await self._know_members(connection, known.directory_version)
            await self._know_rules(connection, known.rules_version)
            await store.write(connection, datetime.now(UTC), store.Writes())

    async def pass_canary(self, canary: Canary) -> None:
        """Commit *canary* as notices are committed, under the head row's lock, and wake who tells of them."""
        async with self._transaction() as connection:
            await canaries.keep(connection, canary)

    async def close(self) -> None:
        """Give the connection back."""
        held, self._held, self._connection = self._held, AsyncExitStack(), None
        with suppress(DatabaseUnavailable):
            await held.aclose()

    async def _register(self, deliveries: Sequence[Delivery], attempt: str | None) -> list[Outcome]:
        async with self._transaction() as connection:
            outcomes = await self._write_down(connection, deliveries)
            if attempt is not None:
                await attempts.forget(connection, attempt)
        return outcomes

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """A transaction under the head row's lock, committed at the end of the block."""
        if self._connection is None:
            self._connection = await self._held.enter_async_context(self._database.connection())
        connection = self._connection
        try:
            if self._allowed is not connection:
                await self._require_leave(connection)
            await store.begin_under_head(connection)
            yield connection
            await commit(connection)
        except BaseException as error:
            await self._roll_back(connection, error)
            raise

    async def _require_leave(self, connection: Connection) -> None:
        if not await self._may_write(connection):
            raise HeadInDoubt
        self._allowed = connection

    async def _roll_back(self, connection: Connection, error: BaseException) -> None:
        """End the transaction; where the connection itself is in doubt, end that, and translate *error*."""
        if not (isinstance(error, Exception) and is_transient(error)):
            with suppress(Exception):
                async with asyncio.timeout(_ROLLBACK_SECONDS):
                    await connection.execute("ROLLBACK")
                return
        with suppress(asyncpg.InterfaceError):  # the pool may have taken a dead one back by itself
            connection.terminate()  # a frozen line would not even let go
        held, self._held, self._connection = self._held, AsyncExitStack(), None
        await held.__aexit__(type(error), error, error.__traceback__)

    async def _write_down(self, connection: Connection, deliveries: Sequence[Delivery]) -> list[Outcome]:
        registered_at = datetime.now(UTC)
        keys = [delivery.notice.key for delivery in deliveries]
        known = await self._look_up(connection, deliveries, keys)
        fresh: dict[NoticeKey, tuple[Delivery, lookup.Known]] = {}
        for key, delivery, row in zip(keys, deliveries, known, strict=True):
            if row.position is None:
                fresh.setdefault(key, (delivery, row))

        batch = Batch(known[0].head, registered_at, self._members)
        for delivery, row in fresh.values():
            batch.know_chain(delivery.notice.member, row)
        for draft, notices in _drafts(deliveries, known, fresh.values(), self._rules):
            if draft.needs_course(notices):
                await recall(Stored(connection), draft, notices)
            batch.know_agreement(draft, len(notices))
        olds = await _registrations(connection, known)
        registered = await _write_in_parts(connection, registered_at, batch, [d for d, _ in fresh.values()])
        news = dict(zip(fresh, registered, strict=True))
        conflicts: list[store.ConflictRow] = []
        outcomes = [
            outcome_of(delivery, fresh.get(key), news.get(key), olds.get(row.position or 0), conflicts)
            for key, delivery, row in zip(keys, deliveries, known, strict=True)
        ]
        outcomes = await mark_overtaken(connection, deliveries, outcomes)
        if conflicts:
            await store.keep_conflicts(connection, conflicts)
        if members := {key.member for key in fresh if fresh[key][0].notice.type in _ABOUT_NIL_RETURNS}:
            await store.find_last_nil_returns(connection, sorted(members))
        if known[0].owing:
            outcomes = await _without_what_is_owed(connection, outcomes)
        return outcomes

    async def _look_up(
        self, connection: Connection, deliveries: Sequence[Delivery], keys: Sequence[NoticeKey]
    ) -> list[lookup.Known]:
        asked: set[str] = set()
        agreements: list[str | None] = []
        for delivery in deliveries:
            agreement = delivery.notice.agreement
            agreements.append(None if agreement in asked else agreement)
            if agreement is not None:
                asked.add(agreement)
        known = await lookup.look_up(connection, keys, agreements)
        await self._know_members(connection, known[0].directory_version)
        await self._know_rules(connection, known[0].rules_version)
        for delivery in deliveries:
            if delivery.notice.member not in self._members:
                raise UnknownMember(f"The member {delivery.notice.member} is not known.")
        return known

    async def _know_members(self, connection: Connection, version: int) -> None:
        if version != self._members_version:
            self._members = await lookup.members(connection)
            self._members_version = version

    async def _know_rules(self, connection: Connection, version: int) -> None:
        if version != self._rules.version:
            self._rules = await rulebook.load(connection)


async def _without_what_is_owed(connection: Connection, outcomes: list[Outcome]) -> list[Outcome]:
    """Erase what was ordered before these notices came again; their items are read from the table then."""
    fresh = [each.protocol for each in outcomes if isinstance(each, Registered) and not each.repeated]
    if not await erasure.erase_owed(connection, fresh):
        return outcomes
    return [each._replace(item=None) if isinstance(each, Registered) else each for each in outcomes]


def _parts(fresh: Sequence[Delivery]) -> Iterator[Sequence[Delivery]]:
    """*fresh* in the parts in which they are written."""
    first = 0
    while (left := len(fresh) - first) > 0:
        size = min(PART_NOTICES, max(LAST_PART_NOTICES, (left + 1) // 2))
        if left <= LAST_PART_NOTICES * 3 // 2:
            size = left
        yield fresh[first : first + size]
        first += size


async def _write_in_parts(
    connection: Connection, registered_at: datetime, batch: Batch, fresh: Sequence[Delivery]
) -> list[Registered]:
    """Work out and write *fresh*: while PostgreSQL writes one part, the next is worked out."""
    registered: list[Registered] = []
    writing: asyncio.Task[None] | None = None
    try:
        for part in _parts(fresh):
            for at, delivery in enumerate(part, 1):
                batch.take(delivery)
                if at % TURN_NOTICES == 0:
                    await asyncio.sleep(0)
            writes = store.Writes()
            registered += batch.draw(writes)
            if writing is not None:
                await writing
            writing = asyncio.create_task(store.write(connection, registered_at, writes))
            await asyncio.sleep(0)
        if writing is not None:
            await writing
    finally:
        if writing is not None and not writing.done():
            await asyncio.wait({writing})  # nothing else may be asked of the connection before
    return registered


def _drafts(
    deliveries: Sequence[Delivery],
    known: Sequence[lookup.Known],
    fresh: Iterable[tuple[Delivery, lookup.Known]],
    rules: Rules,
) -> Iterable[tuple[AgreementDraft, list[Notice]]]:
    """The agreements that the *fresh* notices tell of, each with these notices."""
    found = {
        delivery.notice.agreement: row
        for delivery, row in zip(deliveries, known, strict=True)
        if row.fold is not None
    }
    drafts: dict[str, tuple[AgreementDraft, list[Notice]]] = {}
    for delivery, _ in fresh:
        notice = delivery.notice
        agreement, subject = notice.agreement, notice.agreement_subject
        if agreement is None or subject is None:
            continue
        if agreement not in drafts:
            drafts[agreement] = AgreementDraft(notice.member, subject, found.get(agreement), rules), []
        if notice.fact.family == FOLDED:
            drafts[agreement][1].append(notice)
    return drafts.values()


async def _registrations(
    connection: Connection, known: Sequence[lookup.Known]
) -> dict[int, lookup.Registration]:
    positions = {row.position for row in known if row.position is not None}
    return {row.position: row for row in await lookup.registrations(connection, sorted(positions))}
