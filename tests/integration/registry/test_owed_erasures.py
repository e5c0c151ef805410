"""A database that is older than the feed: what it has lost is accounted for, what it owes is erased."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.registry.recovery import records
from services.registry.recovery.report import report
from services.registry.writing import erasure, owing
from services.registry.writing.drafting import Registered
from services.registry.writing.registrar import Registrar
from shared.broker import ConfirmedPublisher, Message
from shared.notices.envelope import Notice
from shared.notices.feed import ITEM_TYPE
from tests.integration.registry.test_erasure import everything
from tests.integration.registry.test_publisher import publishing
from tests.support.parts import running
from tests.support.registered import Sql, delivered, require_sound
from tests.support.servers import Vhost
from tests.support.taking import eventually, notices, registered
from tests.support.told import MEMBER, signed

NAME = "Ana de Souza"
SIGNED = signed("2020", signatories=[{"office": "Prefeita", "name": NAME}])
ORDER = {"ground": "court_order", "decided_by": "coordination", "request": "SEI 1"}


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
