"""What operators order happens to the messages that they saw, to no other, and once."""

import asyncpg
import pytest

from services.registry.dead import orders
from services.registry.dead.carrying import Orders
from services.registry.dead.letters import DEAD, PARKED, Act
from services.registry.dead.orders import Refused
from services.registry.taking.consumer import Consumer
from shared.database import Database
from tests.integration.dead.conftest import ANA, BIA, Ended
from tests.support.broker import channel_of, take
from tests.support.fault_proxy import fault_proxy
from tests.support.laid import body_of, failed, headers_of, ids_in, lay, lay_bodies, lying
from tests.support.parts import running
from tests.support.registered import Sql
from tests.support.servers import Vhost
from tests.support.world import eventually


async def ordered(sql: Sql, act: Act, ids: list[str], *, rate: int = 500) -> int:
    """An order by Ana about these messages."""
    order = await orders.draft(sql, act, dict.fromkeys(ids), ANA)
    await orders.confirm(sql, order, ANA, reason="a test", rate=rate)
    return order


async def queued(vhost: Vhost, queue: str) -> int:
    """How many messages nobody holds."""
    async with channel_of(vhost.amqp_url) as channel:
        return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count or 0


async def audited(sql: Sql, order: int) -> list[tuple[str, str | None, int]]:
    """The steps of an order, the first first: what, by whom, about how many."""
    return [
        (step.step, step.by_whom, step.messages) for step in reversed(await orders.steps(sql, order, 100))
    ]


async def test_a_replay_is_of_what_was_seen_and_of_nothing_else(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended
) -> None:
    """What arrived since stays; each goes home to its own queue, marked, with fresh headers."""
    live, backfill = failed(2), failed(1, name="b", backfill=True)
    seen = await lay(vhost, [*live, *backfill], **{"x-death": "a cycle"})
    since = await lay(vhost, failed(2, name="since"))
    order = await ordered(sql, "replay", seen)
    async with running(carrier):
        over = await ended(order)
    assert (over.state, over.done, over.waiting, over.missing) == ("done", 3, 0, 0)
    assert await ids_in(vhost) == since
    assert await queued(vhost, "registry.live") == 2
    async with channel_of(vhost.amqp_url) as channel:
        message = await take(channel, "registry.backfill")
        await message.ack()
    assert message.body == body_of(backfill[0])
    assert message.headers["replayed"] is True
    assert (message.headers["attempt"], message.headers["protocol"]) == (1, backfill[0].protocol)
    assert not {"x-death", "reason", "error", "queue"} & message.headers.keys()
    assert await audited(sql, order) == [("ordered", ANA, 3), ("done", None, 3), ("ended", None, 0)]


async def test_parking_is_undone_without_a_trace_in_the_message(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended
) -> None:
    """There and back: the same messages, in their order, with what they died of."""
    laid = await lay(vhost, failed(40))
    before = await lying(vhost)
    async with running(carrier):
        await ended(await ordered(sql, "park", laid[:39]))
        assert await ids_in(vhost, PARKED) == laid[:39]
        assert await ids_in(vhost) == laid[39:]
        await ended(await ordered(sql, "unpark", laid[:39]))
    assert await queued(vhost, PARKED) == 0
    after = {letter.id: letter for letter in await lying(vhost)}
    for letter in before:
        again = after[letter.id]
        assert (again.reason, again.error, again.attempt, again.home, again.died_at) == (
            letter.reason, letter.error, letter.attempt, letter.home, letter.died_at,
        )  # fmt: skip


async def test_a_discard_takes_two(vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended) -> None:
    """Nobody throws a notice away alone, nor what is not set aside; the receipt says that it was given up."""
    [notice] = failed(1)
    await sql.execute("INSERT INTO dead VALUES ($1, 'm', now(), 'failed', now())", notice.protocol)
    [message] = await lay(vhost, [notice], queue=PARKED)
    order = await orders.draft(sql, "discard", {message: notice.protocol}, ANA)
    assert await orders.confirm(sql, order, ANA, reason="put in by hand", rate=10) == "asked"
    for who, why in ((ANA, "same_person"), ("account bia", "other_way"), ("key b", "no_person")):
        with pytest.raises(Refused) as refused:
            await orders.approve(sql, order, who)
        assert refused.value.why == why
    assert await queued(vhost, PARKED) == 1
    async with running(carrier):
        await orders.approve(sql, order, BIA)
        await ended(order)
    assert await queued(vhost, PARKED) == 0
    assert await sql.fetchval("SELECT discarded_at IS NOT NULL FROM dead")
    assert [step for step, *_ in await audited(sql, order)] == ["ordered", "approved", "done", "ended"]
    with pytest.raises(Refused):
        await orders.approve(sql, order, BIA)


async def test_what_somebody_else_has_settled_is_said_to_be_missing(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended
) -> None:
    """The management page may have taken it meanwhile: the order ends, and says so."""
    laid = await lay(vhost, failed(2))
    order = await ordered(sql, "park", [*laid, "0" * 64])
    async with running(carrier):
        over = await ended(order)
    assert (over.done, over.missing) == (2, 1)
    assert ("missing", None, 1) in await audited(sql, order)


async def test_a_cancelled_order_goes_no_further(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended
) -> None:
    """A message a second leaves time to think again: what is done stays done, the rest stays where it is."""
    laid = await lay(vhost, failed(30))
    order = await ordered(sql, "park", laid, rate=1)
    async with running(carrier):

        async def begun() -> bool:
            found = await orders.one(sql, order)
            return found is not None and found.done > 0

        await eventually(begun, "it has begun")
        await orders.cancel(sql, order, BIA)
        await ended(order)
        await ended(await ordered(sql, "park", ["0" * 64]))  # it has gone on to another one
        over = await orders.one(sql, order)
    assert over is not None
    assert over.state == "cancelled"
    assert over.waiting == 30 - over.done > 0
    assert sorted([*await ids_in(vhost), *await ids_in(vhost, PARKED)]) == sorted(laid)
    assert ("cancelled", BIA, over.waiting) in await audited(sql, order)


async def test_a_replay_that_dies_again_is_not_replayed_by_the_same_order(
    vhost: Vhost, sql: Sql, carrier: Orders, database: str, ended: Ended
) -> None:
    """Or a bad one would go round for ever. It lies there again, dated anew."""
    junk = [b"junk %d" % n for n in range(3)]
    await lay_bodies(vhost, [(body, {"reason": "junk", "queue": "registry.live"}) for body in junk])
    laid = await ids_in(vhost)
    store = Database(database, "test", most_connections=4)
    async with running(carrier), running(Consumer(vhost.url_of("registry"), store, "test")):
        over = await ended(await ordered(sql, "replay", laid))

        async def all_are_back() -> bool:
            return await queued(vhost, DEAD) == 3

        await eventually(all_are_back, "they died again")
    await store.close()
    assert (over.done, over.missing) == (3, 0)
    assert sorted(await ids_in(vhost)) == sorted(laid)


async def test_copies_of_one_message_move_together(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended
) -> None:
    """The same bytes are the same message, however often somebody put them there."""
    [notice] = failed(1)
    told = (body_of(notice), headers_of(notice))
    await lay_bodies(vhost, [told] * 3)
    [message, *_] = await ids_in(vhost)
    async with running(carrier):
        await ended(await ordered(sql, "park", [message]))
    assert (await ids_in(vhost), await ids_in(vhost, PARKED)) == ([], [message])


async def test_an_order_outlives_its_lines(vhost: Vhost, sql: Sql, leads: Database, ended: Ended) -> None:
    """Cut off from RabbitMQ again and again: all is moved, nothing is lost, nothing lies there twice."""
    laid = await lay(vhost, failed(60))
    order = await ordered(sql, "park", laid, rate=30)
    async with fault_proxy(vhost.url_of("registry")) as proxy, running(Orders(proxy.url, leads)):
        for least in (5, 20, 40):

            async def is_so(least: int = least) -> bool:
                found = await orders.one(sql, order)
                return found is not None and found.done >= least

            await eventually(is_so, f"{least} are done")
            proxy.cut()
        over = await ended(order)
    assert (over.done, over.missing) == (60, 0)
    assert await ids_in(vhost) == []
    assert sorted(await ids_in(vhost, PARKED)) == sorted(laid)


async def test_who_finds_the_original_still_there_does_not_move_it_again(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended
) -> None:
    """Killed after the copy was confirmed, before or after that was noted: there is one, at its goal."""
    laid = await lay(vhost, failed(3))
    order = await ordered(sql, "park", laid)
    await lay(vhost, failed(2), queue=PARKED)  # what the killed one had published
    await sql.execute(
        """UPDATE dead_order_item SET state = 'done', at = now() WHERE "order" = $1 AND message = $2""",
        order,
        laid[0],
    )
    async with running(carrier):
        await ended(order)
    assert await ids_in(vhost) == []
    assert sorted(await ids_in(vhost, PARKED)) == sorted(laid)


@pytest.mark.parametrize("act", ["replay", "park"])
async def test_killed_between_the_last_note_and_its_acknowledgement(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended, act: Act
) -> None:
    """An order that is noted as a whole goes on until the originals are gone: most are about one message."""
    laid = await lay(vhost, failed(2))
    order = await ordered(sql, act, laid)
    await sql.execute("""UPDATE dead_order_item SET state = 'done', at = now() WHERE "order" = $1""", order)
    async with running(carrier):
        over = await ended(order)
    assert (over.state, await ids_in(vhost)) == ("done", [])
    assert (await queued(vhost, "registry.live"), await ids_in(vhost, PARKED)) == (0, [])


async def test_two_orders_there_and_back_lose_nothing(
    vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended
) -> None:
    """A copy lies in each queue; one operator parks it, another brings it back: at least one stays."""
    laid = await lay(vhost, failed(20))
    await lay(vhost, failed(20), queue=PARKED)
    there, back = await ordered(sql, "park", laid, rate=20), await ordered(sql, "unpark", laid, rate=20)
    async with running(carrier):
        await ended(there)
        await ended(back)
    assert {*await ids_in(vhost), *await ids_in(vhost, PARKED)} == set(laid)


@pytest.mark.parametrize(
    "statement", ["UPDATE dead_audit SET reason = 'another'", "DELETE FROM dead_audit", "TRUNCATE dead_audit"]
)
async def test_what_operators_did_cannot_be_unsaid(sql: Sql, statement: str) -> None:
    """Who, when, why and which: written once."""
    await ordered(sql, "park", ["0" * 64])
    with pytest.raises(asyncpg.RaiseError):
        await sql.execute(statement)


async def test_a_draft_decides_nothing(vhost: Vhost, sql: Sql, carrier: Orders, ended: Ended) -> None:
    """Until somebody confirms it with a reason nothing moves; after a day it is forgotten."""
    laid = await lay(vhost, failed(2))
    draft = await orders.draft(sql, "replay", dict.fromkeys(laid), ANA)
    old = await orders.draft(sql, "replay", dict.fromkeys(laid), ANA)
    await sql.execute("UPDATE dead_order SET drafted_at = now() - interval '2 days' WHERE id = $1", old)
    async with running(carrier):
        await ended(await ordered(sql, "park", ["0" * 64]))
    assert await ids_in(vhost) == laid
    assert (await orders.one(sql, old), await audited(sql, draft)) == (None, [])
