"""Operators look as often as they like: nothing is taken, and everybody sees the same."""

import asyncio

import pytest

from services.registry.dead import looking
from services.registry.dead.holding import SomebodyElseLooks, holding, turn
from services.registry.dead.letters import DEAD
from shared.broker import connected
from tests.support.broker import channel_of
from tests.support.laid import body_of, failed, headers_of, ids_in, lay, lay_bodies, lying
from tests.support.registered import Sql
from tests.support.registry import connected as connected_to
from tests.support.servers import Vhost


async def test_looking_changes_neither_order_nor_number(vhost: Vhost) -> None:
    """RabbitMQ 3.10 keeps the order of 32 that go back at once, and of no more: here it is 700."""
    laid = await lay(vhost, failed(700))
    for _ in range(3):
        assert [letter.id for letter in await lying(vhost)] == laid
    assert await ids_in(vhost) == laid


async def test_two_who_look_at_once_both_see_all(vhost: Vhost, database: str) -> None:
    """What one holds the other cannot see: so they take turns."""
    laid = await lay(vhost, failed(300))

    async def look() -> list[str]:
        async with connected_to(database) as connection:
            found = await looking.look(vhost.url_of("operator"), connection, DEAD)
        assert found.complete
        return [letter.id for letter in found.letters]

    assert list(await asyncio.gather(look(), look(), look())) == [laid] * 3


async def test_a_turn_that_never_ends_is_said(
    sql: Sql, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever behind somebody who holds the queue."""
    monkeypatch.setattr("services.registry.dead.holding.TURN_SECONDS", 0.1)
    async with turn(sql), connected_to(database) as other:
        with pytest.raises(SomebodyElseLooks):
            async with turn(other):
                pass
    async with connected_to(database) as other, turn(other):
        pass


async def test_who_loses_the_line_while_looking_loses_no_message(vhost: Vhost) -> None:
    """What was held is back in the queue."""
    laid = await lay(vhost, failed(50))
    async with (
        connected(vhost.url_of("operator"), "test") as broker,
        holding(broker, DEAD, lambda _: None) as held,
    ):
        await broker.close()
        with pytest.raises(ConnectionError):
            held.require()
    assert sorted(await ids_in(vhost)) == sorted(laid)


async def test_a_message_tells_whose_it_is_whatever_became_of_its_headers(vhost: Vhost) -> None:
    """RabbitMQ's own tools keep the body; ids, dates and headers may be gone, or be anything."""
    [notice] = failed(1)
    [history] = failed(1, name="h", backfill=True)
    strange = {
        "reason": bytearray(b"\xff"),
        "error": 7,
        "attempt": "x",
        "queue": ["registry.live"],
        "protocol": "MG-1",
    }
    await lay_bodies(vhost, [(body_of(notice), strange), (body_of(history), {})], dated=False)
    await lay_bodies(vhost, [(b"\xff not even text", {}), (b"[1]", headers_of(notice, queue="feed"))])
    listed, unread, *told = sorted(await lying(vhost), key=lambda letter: letter.bytes)
    first, second = sorted(told, key=lambda letter: letter.home, reverse=True)
    assert (unread.protocol, unread.reason, unread.home) == (None, "unknown", "registry.live")
    assert (listed.protocol, listed.home, listed.attempt) == (notice.protocol, "registry.live", 5)
    for letter, source in ((first, notice), (second, history)):
        assert (letter.protocol, letter.notice) == (source.protocol, source.id)
        assert (letter.reason, letter.error, letter.attempt, letter.died_at) == ("unknown", "", 1, None)
    assert (first.home, second.home) == ("registry.live", "registry.backfill")


async def test_what_rabbitmq_gave_up_by_itself_says_so(vhost: Vhost) -> None:
    """The last resort, a thousand returns, leaves RabbitMQ's own headers."""
    [notice] = failed(1)
    await lay_bodies(
        vhost,
        [
            (
                body_of(notice),
                {"x-first-death-reason": "delivery_limit", "x-first-death-queue": "registry.backfill"},
            )
        ],
    )
    [letter] = await lying(vhost)
    assert (letter.reason, letter.home) == ("delivery_limit", "registry.backfill")


async def test_groups_are_by_cause_the_oldest_first(vhost: Vhost) -> None:
    """A hundred of the same cause are one thing to mend: numbers in an error make no other cause."""
    await lay(vhost, failed(3, name="a"), error="InvalidDelivery: broken (byte 17)", reason="junk")
    await lay(
        vhost, failed(2, name="b", member="3106200"), error="InvalidDelivery: broken (byte 4)", reason="junk"
    )
    await lay(vhost, failed(1, name="c"))
    groups = looking.grouped(await lying(vhost))
    assert [(group.reason, group.count, group.members) for group in groups] == [
        ("junk", 5, 2),
        ("failed", 1, 1),
    ]
    assert groups[0].error == "InvalidDelivery: broken (byte 17)"


async def test_more_than_one_prefetch_of_new_messages_is_no_trouble(vhost: Vhost) -> None:
    """What arrives while somebody looks is seen the next time, behind the others."""
    laid = await lay(vhost, failed(40))
    async with (
        connected(vhost.url_of("operator"), "test") as broker,
        holding(broker, DEAD, lambda _: None) as held,
    ):
        laid += await lay(vhost, failed(5, name="late"))
        assert held.count == 40
    assert await ids_in(vhost) == laid
    async with channel_of(vhost.url_of("operator")) as channel:
        assert (await channel.declare_queue(DEAD, passive=True)).declaration_result.message_count == 45
