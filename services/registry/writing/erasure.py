"""Erasing: a value is forgotten, and the chain that covers it still verifies."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import uuid4

import msgspec

from services.registry import rulebook
from services.registry.finding import indexing
from services.registry.folding.rules import Rules
from services.registry.queries import Connection
from services.registry.writing import ledger, lookup, owing, rebuilding, store
from services.registry.writing.agreements import write_json
from services.registry.writing.drafting import Batch, Registered
from services.registry.writing.replaying import Replay
from shared.database import DatabaseUnavailable
from shared.notices.dates import day_of
from shared.notices.envelope import SYSTEM_SOURCE, Delivery, Notice, Sender
from shared.notices.feed import Erased, FeedItem, redact
from shared.notices.sentences import Sentence

_NO_ENTRY: Final = Sentence(
    "o aviso {sequence} de {member} não existe, ou registra ele próprio um apagamento.",
    "notice {sequence} of {member} does not exist, or is itself the record of an erasure.",
)
_NO_VALUE: Final = Sentence(
    "o aviso {sequence} de {member} não tem valor em {fields}.",
    "notice {sequence} of {member} has no value in {fields}.",
)
ERASING_LOCK: Final = 853_000_009
SYSTEM: Final = Sender(role="system", member="31", key="", door="system")

_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode
_read_item = msgspec.json.Decoder(FeedItem).decode


class NothingToErase(Exception):  # noqa: N818 - a finding for whoever asked
    """There is no such entry, or no such value in it any more."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(said.en)
        self.said = said


class AnotherErases(DatabaseUnavailable):
    """Somebody is erasing just now: what they have read of an agreement must not change under them."""


_ENTRY = """
SELECT e.position, e.agreement, e.type, e.entry, d.fields, i.source, i.id, e.protocol
FROM entry e JOIN disclosure d ON d.position = e.position
JOIN inbox i ON i.member = e.member AND i.position = e.position
WHERE e.member = $1 AND e.sequence = $2
"""
_FORGET = "UPDATE disclosure SET fields = fields - $2::text[] WHERE position = $1"
# Whoever sent the same identity with other content may have said the same of the same person.
_FORGET_CONFLICTS = (
    "UPDATE conflict SET data = data - $4::text[] WHERE member = $1 AND source = $2 AND id = $3"
)
_ITEMS = "SELECT position, item FROM feed_item WHERE position = $1 OR agreement = $2"
_REWRITE = """
UPDATE feed_item SET item = new.item
FROM unnest($1::bigint[], $2::json[]) AS new (position, item) WHERE feed_item.position = new.position
"""
_SHOW_WITH = "UPDATE feed_item SET agreement = $2 WHERE position = $1"


async def erase(
    connection: Connection,
    member: str,
    sequence: int,
    fields: Sequence[str],
    *,
    ground: str,
    decided_by: str,
    request: str,
) -> Registered:
    """Forget *fields* of the data of entry *sequence* in the chain of *member*; in a transaction of its own.

    What stays: an entry of the erasure itself, with *ground*, *decided_by* (a role) and *request* (a file
    number). Raises NothingToErase.
    """
    notice = _order(member, sequence, fields, ground=ground, decided_by=decided_by, request=request)
    async with _alone(connection):
        target = await _target(connection, notice)
        rules = await rulebook.load(connection)
        replay = await _retold(connection, target, rules)
        await store.begin_under_head(connection)
        try:
            registered = await _erase(connection, notice, target, replay)
            await connection.execute("COMMIT")
        except BaseException:
            with suppress(Exception):
                await connection.execute("ROLLBACK")
            raise
    return registered


RECOVERED: Final = "recovered"
"""What a repeated order says where the first one's words are not known: those stand in no stream."""


async def erase_owed(connection: Connection, notices: Sequence[str]) -> bool:
    """Do what is owed of the *notices* with these protocols, all registered; whether anything was.

    In the caller's transaction, under the head: nobody ever sees what has to go. Raises AnotherErases, after
    which the caller rolls back and tries again.
    """
    owed = await owing.owed_of(connection, notices)
    if owed and not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", ERASING_LOCK):
        raise AnotherErases
    for each in owed:
        await owing.settle(connection, each, await _erase_again(connection, each))
    return bool(owed)


async def settle_due(connection: Connection) -> int:
    """Do what is owed of all notices that are registered, each in a transaction of its own; how many."""
    settled = 0
    async with _alone(connection):
        for each in await owing.due(connection):
            await store.begin_under_head(connection)
            try:
                await owing.settle(connection, each, await _erase_again(connection, each))
                await connection.execute("COMMIT")
            except BaseException:
                with suppress(Exception):
                    await connection.execute("ROLLBACK")
                raise
            settled += 1
    return settled


_PLACE = """
SELECT e.sequence, d.fields FROM entry e JOIN disclosure d ON d.position = e.position WHERE e.protocol = $1
"""


async def _erase_again(connection: Connection, owed: owing.Owed) -> int | None:
    """The position at which what is *owed* is done; None if nothing was left to do."""
    row = await connection.fetchrow(_PLACE, owed.notice)
    left = () if row is None else sorted(set(owed.fields) & _read_disclosure(row["fields"]).keys())
    if row is None or not left:
        return None
    order = _order(
        owed.member,
        row["sequence"],
        left,
        ground=owed.ground or RECOVERED,
        decided_by=owed.decided_by or RECOVERED,
        request=owed.request or owed.protocol,
    )
    target = await _target(connection, order)
    replay = await _retold(connection, target, await rulebook.load(connection))
    return (await _erase(connection, order, target, replay)).position


def _order(
    member: str, sequence: int, fields: Sequence[str], *, ground: str, decided_by: str, request: str
) -> Notice:
    """The notice of an erasure; ValidationError if it does not say what it must."""
    notice = Notice(
        member=member,
        source=SYSTEM_SOURCE,
        id=f"erased-{uuid4().hex}",
        type=ledger.ERASED_TYPE,
        time=datetime.now(UTC),
        data={
            "sequence": sequence,
            "fields": sorted(set(fields)),
            "ground": ground,
            "decided_by": decided_by,
            "request": request,
        },
    )
    notice.payload()
    return notice


@asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[None]:
    """Nobody else erases: what is read of an agreement for this stays so, but for what is added to it."""
    await connection.execute("SELECT pg_advisory_lock($1)", ERASING_LOCK)
    try:
        yield
    finally:
        with suppress(Exception):
            await connection.execute("SELECT pg_advisory_unlock($1)", ERASING_LOCK)


class _Target(NamedTuple):
    """The entry at *position*, and the values that have to go."""

    position: int
    agreement: str | None
    source: str
    id: str
    protocol: str
    values: dict[str, Any]

    @property
    def forgotten(self) -> rebuilding.Forgotten:
        return rebuilding.Forgotten(self.position, [*self.values], _names(self.values))


async def _target(connection: Connection, notice: Notice) -> _Target:
    fields, sequence = notice.data["fields"], notice.data["sequence"]
    row = await connection.fetchrow(_ENTRY, notice.member, sequence)
    if row is None or row["type"] == ledger.ERASED_TYPE:
        raise NothingToErase(_NO_ENTRY.format(member=notice.member, sequence=sequence))
    disclosure = _read_disclosure(row["fields"])
    if missing := sorted(set(fields) - disclosure.keys()):
        raise NothingToErase(
            _NO_VALUE.format(member=notice.member, sequence=sequence, fields=", ".join(missing))
        )
    values = {field: disclosure[field]["value"] for field in fields}
    return _Target(row["position"], row["agreement"], row["source"], row["id"], row["protocol"], values)


async def _retold(connection: Connection, target: _Target, rules: Rules) -> Replay | None:
    """The life of the agreement that *target* tells of, if there is one, without what has to go."""
    found = None if target.agreement is None else await rebuilding.find(connection, target.agreement)
    if found is None:
        return None
    return await rebuilding.retell(connection, found, target.forgotten, rules, day_of(datetime.now(UTC)))


async def _erase(
    connection: Connection, notice: Notice, target: _Target, replay: Replay | None
) -> Registered:
    fields = [*target.values]
    found = await _leave_nothing_derived(connection, target.agreement)
    await connection.execute(_FORGET, target.position, fields)
    await connection.execute(_FORGET_CONFLICTS, notice.member, target.source, target.id, fields)

    now = datetime.now(UTC)
    [known] = await lookup.look_up(connection, [notice.key], [None])
    batch = Batch(known.head, now, await lookup.members(connection))
    batch.know_chain(notice.member, known)
    writes, left = store.Writes(), None
    if found is not None and replay is not None:
        left = await rebuilding.rebuild(
            connection, found, replay, writes, position=known.head + 1, today=day_of(now)
        )
    batch.announce(
        Delivery(notice=notice, sender=SYSTEM, received_at=now, environment=""),
        left,
        Erased(notice.data["sequence"], tuple(fields), target.protocol),
    )
    [registered] = batch.draw(writes)
    await store.write(connection, now, writes)
    if found is not None:
        await rebuilding.keep_record(connection, found)
        await connection.execute(_SHOW_WITH, registered.position, found.id)
    await rebuilding.silence_reasons(connection, notice.member, target.values.values())
    erasure = _read_item(writes.notices[0].item)
    await _rewrite_items(connection, target.position, target.agreement, erasure)
    await store.find_last_nil_returns(connection, [notice.member])
    return registered


async def _leave_nothing_derived(connection: Connection, agreement: str | None) -> rebuilding.Found | None:
    """The agreement as it is before, if there is one; what search knows of it is gone."""
    if agreement is None:
        return None
    await indexing.forget(connection, agreement)
    return await rebuilding.find(connection, agreement)


def _names(values: Mapping[str, Any]) -> list[str]:
    """The agreement's fields that are named as erased: for `changes`, those that were in it."""
    names: set[str] = set()
    for field, value in values.items():
        names.update(value if field == "changes" and isinstance(value, dict) else (field,))
    return sorted(names)


async def _rewrite_items(
    connection: Connection, position: int, agreement: str | None, erasure: FeedItem
) -> None:
    rows = await connection.fetch(_ITEMS, position, agreement)
    items = {row["position"]: write_json(redact(_read_item(row["item"]), erasure)).decode() for row in rows}
    await connection.execute(_REWRITE, list(items), list(items.values()))
