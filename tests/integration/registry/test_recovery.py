"""A database that is older than what was told: what it owes, what is replayed, and what is left alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import aio_pika
import asyncpg
import msgspec
import pytest

from services.registry.network import delegations, keys, people
from services.registry.network.directory import read_directory
from services.registry.network.reconciling import is_undone, reconcile
from services.registry.recovery import records
from services.registry.recovery.journal import QUEUE, JournalReplay
from services.registry.recovery.report import report
from services.registry.taking.consumer import Consumer
from services.registry.writing import erasure, owing
from services.registry.writing.drafting import Registered
from services.registry.writing.registrar import Registrar
from shared.broker import ConfirmedPublisher, Message
from shared.database import Database
from shared.directory import Directory
from shared.notices.envelope import Notice, encode_delivery
from shared.notices.feed import ITEM_TYPE
from tests.integration.registry.test_consumer import (
    PATIENCE_SECONDS,
    eventually,
    message_of,
    notices,
    queued,
    registered,
    send,
)
from tests.integration.registry.test_erasure import everything
from tests.integration.registry.test_publisher import publishing
from tests.support.clock import TODAY, Days, told
from tests.support.clock import running as clock_running
from tests.support.parts import running
from tests.support.registered import Sql, delivered, require_sound
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA
from tests.support.servers import Vhost
from tests.support.told import MEMBER, signed

NAME = "Ana de Souza"
SIGNED = signed("2020", signatories=[{"office": "Prefeita", "name": NAME}])
ORDER = {"ground": "court_order", "decided_by": "coordination", "request": "SEI 1"}


@pytest.fixture
async def door(vhost: Vhost) -> AsyncIterator[ConfirmedPublisher]:
    """Ingest's side."""
    publisher = ConfirmedPublisher(vhost.url_of("ingest"), "test ingest")
    async with running(publisher):
        yield publisher


@asynccontextmanager
async def replaying(vhost: Vhost, store: Database) -> AsyncIterator[JournalReplay]:
    """The part that replays the journal."""
    part = JournalReplay(vhost.url_of("registry"), store, "test")
    async with running(part):
        yield part


async def finished(sql: Sql) -> None:
    """Wait until nothing is to be recovered any more."""

    async def none_left() -> bool:
        return await records.unfinished(sql) is None and await records.last(sql) is not None

    await eventually(none_left)


# ------------------------------------------------------------------------------ erasures that are owed
def owed(notice: Notice, *fields: str, protocol: str = "MG-0000000000000") -> owing.Owed:
    """An order to erase *fields* of *notice* that this database does not know."""
    return owing.Owed(protocol, 7, MEMBER, 3, notice.protocol, fields)


async def test_what_was_erased_is_never_registered_again(registrar: Registrar, sql: Sql) -> None:
    """The notice comes from the journal with all its values: one transaction registers and erases it."""
    await owing.note(sql, [owed(SIGNED, "signatories", "title")])
    [outcome] = await registrar.register([delivered(SIGNED)])
    assert isinstance(outcome, Registered)
    assert outcome.item is None  # whoever tells it reads what is left
    text = await everything(sql)
    assert NAME not in text
    assert "Cooperação" not in text
    assert await sql.fetchval("SELECT settled_by FROM owed_erasure") == 2
    await require_sound(sql)
    await registrar.register([delivered(SIGNED)])  # and its sender's own repeat restores nothing
    assert NAME not in await everything(sql)
    assert await sql.fetchval("SELECT position FROM head") == 2


async def test_an_erasure_and_a_notice_that_is_owed_one_take_turns(registrar: Registrar, sql: Sql) -> None:
    """What one has read of an agreement must not change under it: the other tries again."""
    await owing.note(sql, [owed(SIGNED, "signatories")])
    await sql.execute("SELECT pg_advisory_lock($1)", erasure.ERASING_LOCK)
    with pytest.raises(erasure.AnotherErases):
        await registrar.register([delivered(SIGNED)])
    assert await sql.fetchval("SELECT count(*) FROM entry") == 0
    await sql.execute("SELECT pg_advisory_unlock($1)", erasure.ERASING_LOCK)
    await registrar.register([delivered(SIGNED)])
    assert NAME not in await everything(sql)


async def test_an_erasure_that_is_known_is_not_owed(registrar: Registrar, sql: Sql) -> None:
    """A list from a backup names all that ever were, most of which this database has done."""
    await registrar.register([delivered(SIGNED)])
    done = await erasure.erase(sql, MEMBER, 1, ["signatories"], **ORDER)
    await owing.note(sql, [owed(SIGNED, "signatories", protocol=done.protocol)])
    assert await sql.fetchval("SELECT count(*) FROM owed_erasure") == 0


def item(position: int, notice: Notice, **more: Any) -> Message:
    """What the feed told of *notice*, before items named the notice that an erasure is about."""
    now = datetime.now(UTC)
    told_of = {
        "position": position,
        "protocol": notice.protocol,
        "type": notice.type,
        "member": {"id": notice.member},
        "received_at": now,
        "registered_at": now,
        **more,
    }
    return Message(
        exchange="",
        routing_key="feed",
        body=msgspec.json.encode({"type": ITEM_TYPE, "data": told_of}),
        headers={"position": position},
    )


async def test_older_items_of_erasures_are_resolved_by_counting(
    vhost: Vhost, database: str, registrar: Registrar, sql: Sql
) -> None:
    """Sequences of a chain that is lost: the entry is still there, or is the member's n-th lost one."""
    kept, *lost = notices(4)
    await registrar.register([delivered(kept)])
    erased = [msgspec.structs.replace(SIGNED, id=f"erased-{n}") for n in range(2)]
    stream = ConfirmedPublisher(vhost.url_of("registry"), "test feed")
    async with running(stream):
        await stream.publish_all([item(n, notice) for n, notice in enumerate([kept, *lost], 1)])
        await stream.publish_all([
            item(5, erased[0], erased={"sequence": 1, "fields": ["title"]}),
            item(6, erased[1], erased={"sequence": 3, "fields": ["title"]}),
        ])  # fmt: skip
    async with publishing(vhost.url_of("registry"), database):

        async def compared() -> bool:
            return bool(await sql.fetchval("SELECT position >= 8 FROM head"))

        await eventually(compared)
    rows = await sql.fetch("SELECT notice, settled_by FROM owed_erasure ORDER BY position")
    assert [tuple(row) for row in rows] == [(kept.protocol, 8), (lost[1].protocol, None)]
    last = await records.last(sql)
    assert last is not None
    found = await report(sql, last)
    assert (found.head, found.told, found.lost, found.recovered, found.untold) == (1, 6, 5, 0, [])
    kinds = {each.position: each.kind for each in found.missing}
    assert kinds == {2: "notice", 3: "notice", 4: "notice", 5: "erasure_done", 6: "erasure_owed"}


async def test_positions_that_nobody_remembers_are_named(vhost: Vhost, database: str, sql: Sql) -> None:
    """The feed's own beginning is gone too: from where to where, at least, is said."""
    stream = ConfirmedPublisher(vhost.url_of("registry"), "test feed")
    async with running(stream):
        await stream.publish_all([item(n, notice) for n, notice in enumerate(notices(3), 5)])
    async with publishing(vhost.url_of("registry"), database):
        await registered(sql, 8)
    last = await records.last(sql)
    assert last is not None
    assert (await report(sql, last)).untold == [(1, 4)]


# ------------------------------------------------------------------------------------- the journal
async def test_what_the_journal_has_and_the_database_has_not_is_registered(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """Marked as replayed, once each, and nothing of what is registered or dead is sent again."""
    known, dead, *missing = notices(12)
    await send(door, [known])
    async with running(Consumer(vhost.url_of("registry"), store, "test")):
        await registered(sql, 1)
    await send(door, [dead, *missing])
    await sql.execute("INSERT INTO dead VALUES ($1, 'm', now(), 'failed', now())", dead.protocol)
    await empty(vhost, "registry.live")
    await records.begin(sql, "asked")
    async with (
        replaying(vhost, store),
        running(Consumer(vhost.url_of("registry"), store, "test")),
    ):
        await finished(sql)
    rows = await sql.fetch("SELECT item FROM feed_item ORDER BY position")
    told_of = [json.loads(row["item"]) for row in rows]
    assert [each["replayed"] for each in told_of] == [False, *[True] * 10]
    assert {each["protocol"] for each in told_of[1:]} == {notice.protocol for notice in missing}
    last = await records.last(sql)
    assert last is not None
    assert last.replayed == 10
    await require_sound(sql)


async def test_what_is_none_of_ours_stays_in_the_journal(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """Canaries, junk and another stack's notices are passed over; what comes after them is not."""
    [ours, foreign] = notices(2)
    other = msgspec.structs.replace(delivered(foreign), environment="live")
    nobodys = encode_delivery(delivered(msgspec.structs.replace(ours, id="\x00")))
    for body in (b"{}", b'{"type":"br.malha.canary.sent.v1","id":"1"}', encode_delivery(other), nobodys):
        await door.publish(message_of(ours, body=body))
    await send(door, [ours])
    await empty(vhost, "registry.live")
    await records.begin(sql, "asked")
    async with replaying(vhost, store):

        async def is_there() -> bool:
            return await queued(vhost, QUEUE) == 1

        await eventually(is_there)
    last = await records.last(sql)
    assert last is not None
    assert (last.replayed, last.read_to) == (1, 4)


async def test_whoever_takes_over_goes_on_where_the_record_stands(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """A replay that was stopped half way is not begun again."""
    await send(door, notices(6))
    await empty(vhost, "registry.live")
    number = await records.begin(sql, "asked")
    await records.surveyed(sql, number, 0, 5, None)
    await records.read(sql, number, 3, 4)
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with replaying(vhost, store), running(consumer):
        await finished(sql)
    assert await sql.fetchval("SELECT array_agg(id ORDER BY position) FROM inbox") == ["n-4", "n-5"]


async def test_another_server_is_reason_enough(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """A promoted standby may lack commits that the feed had not told yet: only its timeline shows it."""
    await send(door, notices(3))
    await empty(vhost, "registry.live")
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with running(consumer):
        async with replaying(vhost, store):

            async def is_seen() -> bool:
                return bool(await sql.fetchval("SELECT count(*) FROM server_seen"))

            await eventually(is_seen)
        assert await records.last(sql) is None  # the first server of all is nothing new
        await sql.execute("UPDATE server_seen SET timeline = '00000000'")
        async with replaying(vhost, store):
            await registered(sql, 3)
            await finished(sql)
    last = await records.last(sql)
    assert last is not None
    assert last.cause == "other_server"


async def test_a_recovery_half_way_is_not_enough_for_another_server(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """What it has passed, and what came since, may be lost again: the journal is read from its beginning."""
    await send(door, notices(3))
    await empty(vhost, "registry.live")
    await sql.execute("INSERT INTO server_seen VALUES (true, 'another', '00000001')")
    await half_way(sql, 2)
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with replaying(vhost, store), running(consumer):
        await registered(sql, 3)
        await finished(sql)
    assert await sql.fetchval("SELECT array_agg(cause ORDER BY id) FROM recovery") == [
        "asked",
        "other_server",
    ]


async def test_another_server_is_not_seen_before_its_recovery_is_kept(
    vhost: Vhost, store: Database, sql: Sql
) -> None:
    """Whoever is ended in between would leave a lost commit for good: nobody else looks for it again."""
    await sql.execute("INSERT INTO server_seen VALUES (true, 'another', '00000001')")
    await sql.execute("ALTER TABLE recovery ADD CONSTRAINT ended_here CHECK (cause <> 'other_server')")
    part = JournalReplay(vhost.url_of("registry"), store, "test")
    with pytest.raises(asyncpg.CheckViolationError):
        await part.run(asyncio.Event())
    assert await sql.fetchval("SELECT system FROM server_seen") == "another"


async def test_offsets_of_another_brokers_journal_mean_nothing(
    vhost: Vhost, store: Database, door: ConfirmedPublisher, sql: Sql
) -> None:
    """The broker was lost too, in the middle of a recovery: waiting for an old offset would be for ever."""
    await send(door, notices(3))
    await empty(vhost, "registry.live")
    await half_way(sql, 500)
    consumer = Consumer(vhost.url_of("registry"), store, "test")
    async with replaying(vhost, store), running(consumer):
        await finished(sql)
    assert await sql.fetchval("SELECT count(*) FROM inbox") == 3


@pytest.mark.parametrize("body", [None, b'{"type":"br.malha.canary.sent.v1","id":"1"}'])
async def test_a_journal_that_begins_too_late_is_named(
    vhost: Vhost,
    store: Database,
    door: ConfirmedPublisher,
    sql: Sql,
    *,
    registrar: Registrar,
    body: bytes | None,
) -> None:
    """Empty, or with canaries alone: what was acknowledged between, nobody knows of, and that is said."""
    await registrar.register([delivered(SIGNED)])
    if body is not None:
        await door.publish(message_of(SIGNED, body=body))
        await empty(vhost, "registry.live")
    await records.begin(sql, "asked")
    await sql.execute("UPDATE recovery SET registered_at = registered_at - interval '40 days'")
    async with replaying(vhost, store):
        await finished(sql)
    last = await records.last(sql)
    assert last is not None
    assert (await report(sql, last)).journal_gap is not None


async def half_way(sql: Sql, end: int) -> None:
    """A recovery that has read nearly all of a journal that goes to the offset *end*."""
    number = await records.begin(sql, "asked")
    await records.surveyed(sql, number, 0, end, None)
    await records.read(sql, number, end - 1, 0)


async def test_the_clock_waits_for_what_is_recovered(database: str, sql: Sql) -> None:
    """What a day brings about is judged by all that was known when it began."""
    await sql.execute("UPDATE clock SET told = $1", TODAY)
    number = await records.begin(sql, "asked")
    days = Days()
    days.today = date.fromordinal(TODAY.toordinal() + 1)
    async with clock_running(database, days):
        await records.finish(sql, number)
        await eventually(told(sql, days.today))
    assert await sql.fetchval("SELECT min(registered_at) FROM entry") >= await sql.fetchval(
        "SELECT finished_at FROM recovery"
    )


# --------------------------------------------------------------------------------- who may speak
async def directory(sql: Sql) -> Directory:
    """The directory as the tables say it now."""
    return await read_directory(sql, "test")


async def test_what_was_taken_away_stays_away(sql: Sql) -> None:
    """Keys, delegations and accounts as the services knew them; everybody signs in again."""
    good = await keys.issue_key(sql, "test", BELO_HORIZONTE, "member", "")
    bad = await keys.issue_key(sql, "test", BELO_HORIZONTE, "member", "")
    given = await keys.issue_key(sql, "test", UBERLANDIA, "member", "")
    today = date(2026, 11, 22)
    await delegations.delegate(sql, BELO_HORIZONTE, UBERLANDIA, None, date(2027, 1, 1), today=today)
    stays, goes, comes = [
        await people.add(sql, people.NewPerson(UBERLANDIA, "member", name, f"{name}@example.org"), today)
        for name in ("stays", "goes", "comes")
    ]
    newer = await directory(sql)
    newer = msgspec.structs.replace(
        newer,
        version=newer.version + 10,
        keys=tuple(msgspec.structs.replace(key, revoked=key.id == bad.id) for key in newer.keys),
        delegations=(),
        people=tuple(person for person in newer.people if person.id != goes),
    )
    await sql.execute("DELETE FROM api_key WHERE id = $1", given.id)
    await sql.execute("DELETE FROM person WHERE id = $1", comes)
    assert is_undone(newer, await directory(sql))

    found = await reconcile(sql, newer)  # type: ignore[arg-type] # a pool's connection or a plain one
    assert (found.keys_revoked, found.keys_added) == ([bad.id], [(given.id, UBERLANDIA)])
    assert found.delegations_ended == [(BELO_HORIZONTE, UBERLANDIA)]
    assert (found.people_ended, found.people_unknown) == ([goes], [(comes, "member", UBERLANDIA)])
    now = await directory(sql)
    assert now.version == newer.version + 1
    assert not is_undone(newer, now)
    assert {key.id: key.revoked for key in now.keys} == {good.id: False, bad.id: True, given.id: False}
    assert now.key_by_id[given.id].digest == newer.key_by_id[given.id].digest
    assert list(now.person_by_id) == [stays]
    assert now.person_by_id[stays].since > newer.person_by_id[stays].since
    assert await sql.fetchval("SELECT email FROM person WHERE id = $1", goes) is None


# ------------------------------------------------------------------------------------------ ground
async def empty(vhost: Vhost, queue: str) -> None:
    """What was acknowledged by a registry that is lost."""
    async with await aio_pika.connect(vhost.amqp_url) as connection, asyncio.timeout(PATIENCE_SECONDS):
        channel = await connection.channel()
        await (await channel.get_queue(queue)).purge()
