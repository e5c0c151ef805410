"""Operators' orders: frozen ids, who, why, how fast, how far. Connection first.

Whatever changes an order notes it in the audit, in the same transaction. Who acts is `person ID`, `key ID`
or, at a terminal, `account NAME`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from services.registry.dead.letters import Act
from services.registry.queries import Connection

State = Literal["draft", "asked", "ready", "done", "cancelled"]
ItemState = Literal["waiting", "done", "missing"]
CHANNEL: Final = "malha_dead"
RATE: Final = 20
"""Messages a second, unless somebody says otherwise."""
MOST_RATE: Final = 500
LONGEST_REASON: Final = 1_000
DRAFT_HOURS: Final = 24


class Refused(Exception):  # noqa: N818 - what became of the wish
    """The order is not in a state for this, or this person may not do it; *why* is a word."""

    def __init__(self, why: Literal["unknown", "state", "same_person", "other_way", "no_person"]) -> None:
        super().__init__(why)
        self.why = why


class Order(NamedTuple):
    """An order, and how many of its messages wait, are done, were not there."""

    id: int
    act: Act
    state: State
    drafted_by: str
    drafted_at: datetime
    ordered_by: str | None
    ordered_at: datetime | None
    reason: str | None
    rate: int | None
    approved_by: str | None
    approved_at: datetime | None
    ended_at: datetime | None
    waiting: int
    done: int
    missing: int

    @property
    def total(self) -> int:
        """How many messages it is about."""
        return self.waiting + self.done + self.missing


class Item(NamedTuple):
    """One message of an order."""

    message: str
    protocol: str | None
    state: ItemState
    at: datetime | None


class Step(NamedTuple):
    """One line of the audit."""

    id: int
    at: datetime
    order: int
    act: Act
    step: str
    by_whom: str | None
    name: str | None
    reason: str | None
    messages: int


async def draft(connection: Connection, act: Act, messages: Mapping[str, str | None], by: str) -> int:
    """Freeze *messages* {id: protocol}; nothing is decided yet. The order's number."""
    async with connection.transaction():
        order: int = await connection.fetchval(_DRAFT, act, by)
        await connection.execute(_FREEZE, order, list(messages), list(messages.values()))
    return order


async def confirm(connection: Connection, order: int, by: str, *, reason: str, rate: int) -> State:
    """Decide it: a discard then waits for a second person, anything else is carried out. Raises Refused."""
    async with connection.transaction():
        found = await _locked(connection, order, "draft")
        state: State = "asked" if found.act == "discard" else "ready"
        await connection.execute(_CONFIRM, order, state, by, reason, rate)
        await _note(connection, found, "ordered", await _messages(connection, order), by=by, reason=reason)
        await connection.execute(_TELL)
    return state


async def approve(connection: Connection, order: int, by: str) -> None:
    """A second person agrees to a discard. Raises Refused for the first one.

    Both must come the same way: that a person at the page and an account at a terminal are two, nobody knows.
    Keys are nobody: one person may hold two.
    """
    async with connection.transaction():
        found = await _locked(connection, order, "asked")
        if _way(by) == "key":
            raise Refused("no_person")
        if by in {found.ordered_by, found.drafted_by}:
            raise Refused("same_person")
        if _way(found.ordered_by or "") != _way(by):
            raise Refused("other_way")
        await connection.execute(_APPROVE, order, by)
        await _note(connection, found, "approved", await _messages(connection, order), by=by)
        await connection.execute(_TELL)


async def cancel(connection: Connection, order: int, by: str) -> None:
    """Have nothing more of it carried out; what is done stays done. Raises Refused."""
    async with connection.transaction():
        found = await _locked(connection, order, "draft", "asked", "ready")
        await connection.execute(_END, order, "cancelled")
        if found.state != "draft":
            left = await _messages(connection, order, "waiting")
            await _note(connection, found, "cancelled", left, by=by)
        await connection.execute(_TELL)


async def give_up_all(connection: Connection, reason: str) -> None:
    """Cancel every order that would be carried out, in the caller's transaction.

    A restored database does not know which of them were carried out, or cancelled, since.
    """
    for number in await connection.fetchval(_OPEN):
        if (found := await one(connection, number)) is not None:
            await connection.execute(_END, number, "cancelled")
            left = await _messages(connection, number, "waiting")
            await _note(connection, found, "cancelled", left, reason=reason)


async def settle(connection: Connection, order: Order, messages: Collection[str], state: ItemState) -> None:
    """Note what became of *messages*."""
    async with connection.transaction():
        await connection.execute(_SETTLE, order.id, list(messages), state)
        await _note(connection, order, state, list(messages))
        if order.act == "discard" and state == "done":
            await connection.execute(_GIVEN_UP, order.id, list(messages))


async def end(connection: Connection, order: Order) -> None:
    """Nothing of it lies where it was any more: it is over, unless something of it waits."""
    async with connection.transaction():
        if await connection.fetchval(_END_READY, order.id):
            await _note(connection, order, "ended", [])


async def is_ready(connection: Connection, order: int) -> bool:
    """Whether it is (still) to be carried out."""
    return bool(await connection.fetchval(_IS_READY, order))


async def ready(connection: Connection) -> list[Order]:
    """Those to be carried out, the oldest first."""
    return [Order(*row) for row in await connection.fetch(_READY)]


async def latest(connection: Connection, limit: int) -> list[Order]:
    """The newest first; drafts that nobody decided are left out."""
    return [Order(*row) for row in await connection.fetch(_LATEST, limit)]


async def one(connection: Connection, order: int) -> Order | None:
    """The order of that number."""
    row = await connection.fetchrow(_ONE, order)
    return None if row is None else Order(*row)


async def items(connection: Connection, order: int, *, limit: int | None = None) -> list[Item]:
    """Its messages."""
    return [Item(*row) for row in await connection.fetch(_ITEMS, order, limit)]


async def of_message(connection: Connection, message: str) -> list[Step]:
    """What operators did with one message, the first first."""
    return [Step(*row) for row in await connection.fetch(_OF_MESSAGE, message)]


async def steps(connection: Connection, order: int | None, limit: int) -> list[Step]:
    """The audit of an order, or all of it; the last first."""
    return [Step(*row) for row in await connection.fetch(_STEPS, order, limit)]


async def forget_drafts(connection: Connection) -> None:
    """Remove what nobody decided within a day."""
    await connection.execute(_FORGET_DRAFTS, DRAFT_HOURS)


def _way(by: str) -> str:
    return by.partition(" ")[0]


async def _locked(connection: Connection, order: int, *states: State) -> Order:
    row = await connection.fetchrow(_LOCK, order)
    if row is None:
        raise Refused("unknown")
    if row["state"] not in states:
        raise Refused("state")
    found = await one(connection, order)
    if found is None:
        raise Refused("unknown")
    return found


async def _messages(connection: Connection, order: int, state: ItemState | None = None) -> list[str]:
    found: list[str] = await connection.fetchval(_MESSAGES, order, state)
    return found


async def _note(
    connection: Connection,
    order: Order,
    step: str,
    messages: Sequence[str],
    *,
    by: str | None = None,
    reason: str | None = None,
) -> None:
    await connection.execute(_NOTE, order.id, order.act, step, by, reason, list(messages))


_DRAFT: Final = "INSERT INTO dead_order (act, drafted_by) VALUES ($1, $2) RETURNING id"
_FREEZE: Final = """
INSERT INTO dead_order_item ("order", message, protocol)
SELECT $1, message, protocol FROM unnest($2::text[], $3::text[]) AS frozen (message, protocol)
"""
_TELL: Final = "SELECT pg_notify('malha_dead', '')"
_LOCK: Final = "SELECT state FROM dead_order WHERE id = $1 FOR UPDATE"
_CONFIRM: Final = """
UPDATE dead_order SET state = $2, ordered_by = $3, ordered_at = now(), reason = $4, rate = $5 WHERE id = $1
"""
_APPROVE: Final = """
UPDATE dead_order SET state = 'ready', approved_by = $2, approved_at = now() WHERE id = $1
"""
_END: Final = "UPDATE dead_order SET state = $2, ended_at = now() WHERE id = $1"
_END_READY: Final = """
UPDATE dead_order SET state = 'done', ended_at = now()
WHERE id = $1 AND state = 'ready'
  AND NOT EXISTS (SELECT FROM dead_order_item WHERE "order" = $1 AND state = 'waiting') RETURNING true
"""
_SETTLE: Final = """
UPDATE dead_order_item SET state = $3, at = now()
WHERE "order" = $1 AND message = ANY($2::text[]) AND state = 'waiting'
"""
_GIVEN_UP: Final = """
UPDATE dead SET discarded_at = now()
WHERE discarded_at IS NULL AND protocol IN (
    SELECT protocol FROM dead_order_item WHERE "order" = $1 AND message = ANY($2::text[]))
"""
_OPEN: Final = """
SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM dead_order WHERE state IN ('asked', 'ready')
"""
_IS_READY: Final = "SELECT state = 'ready' FROM dead_order WHERE id = $1"
_READY: Final = "SELECT * FROM dead_order_standing WHERE state = 'ready' ORDER BY id"
_ONE: Final = "SELECT * FROM dead_order_standing WHERE id = $1"
_LATEST: Final = """
SELECT * FROM dead_order_standing WHERE ordered_at IS NOT NULL ORDER BY id DESC LIMIT $1
"""
_ITEMS: Final = """
SELECT message, protocol, state, at FROM dead_order_item WHERE "order" = $1
ORDER BY at NULLS FIRST, message LIMIT $2
"""
_MESSAGES: Final = """
SELECT coalesce(array_agg(message), '{}') FROM dead_order_item
WHERE "order" = $1 AND ($2::text IS NULL OR state = $2)
"""
_NOTE: Final = """
INSERT INTO dead_audit ("order", act, step, by_whom, reason, messages) VALUES ($1, $2, $3, $4, $5, $6)
"""
_STEPS: Final = """
SELECT id, at, "order", act, step, by_whom, name, reason, cardinality(messages) FROM dead_step
WHERE $1::bigint IS NULL OR "order" = $1 ORDER BY id DESC LIMIT $2
"""
_OF_MESSAGE: Final = """
SELECT id, at, "order", act, step, by_whom, name, reason, cardinality(messages) FROM dead_step
WHERE "order" IN (SELECT "order" FROM dead_order_item WHERE message = $1) AND $1 = ANY(messages)
ORDER BY id
"""
_FORGET_DRAFTS: Final = """
DELETE FROM dead_order WHERE state = 'draft' AND drafted_at < now() - make_interval(hours => $1)
"""
