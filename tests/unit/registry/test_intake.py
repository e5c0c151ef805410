"""Which messages are taken next."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiormq.abc import AbstractChannel

from services.registry.taking import intake as intake_module
from services.registry.taking.intake import BACKFILL, LIVE, Intake, Queued
from services.registry.taking.returning import Returning


class Handed:
    """A delivered message, as far as the intake looks at it."""

    def __init__(
        self,
        number: int,
        *,
        redelivered: bool = False,
        member: str = "3106200",
        deliveries: int = 0,
        acquired: int | None = None,
    ) -> None:
        self.number = number
        self.delivery_tag = number
        self.redelivered = redelivered
        headers = {"member": member, "x-delivery-count": deliveries}
        if acquired is not None:
            headers["x-acquired-count"] = acquired
        self.header = SimpleNamespace(properties=SimpleNamespace(headers=headers, message_id=f"m-{number}"))


class Channel:
    """Remembers what was acknowledged."""

    def __init__(self) -> None:
        self.is_closed = False
        self.acknowledged: list[int] = []

    async def basic_ack(self, tag: int, *, multiple: bool, wait: bool) -> None:
        """All up to *tag*."""
        assert multiple
        assert not wait
        self.acknowledged.append(tag)

    async def basic_cancel(self, tag: str) -> None:
        """No more is asked for."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three messages are a short batch here, seven a long one."""
    monkeypatch.setattr(intake_module, "SHORT_MESSAGES", 3)


def intake_of(**waiting: list[Handed]) -> Intake:
    """An intake that was handed these messages."""
    news = asyncio.Event()
    live, history = (
        Queued(name, cast("AbstractChannel", Channel()), news, 100, Returning()) for name in (LIVE, BACKFILL)
    )
    for queue in (live, history):
        for message in waiting.get(queue.name.rpartition(".")[2], []):
            queue.take_in(cast("Any", message))
    return Intake(live, history, news, 7)


async def taken(intake: Intake) -> tuple[str, list[int]]:
    """The next batch: its queue, and which messages."""
    batch = await intake.next()
    assert batch is not None
    return batch.queue.name, [cast("Any", message).number for message in batch.messages]


async def test_live_notices_come_before_history() -> None:
    """History never delays what is new, whichever came first."""
    intake = intake_of(backfill=[Handed(1), Handed(2)], live=[Handed(3)])
    assert await taken(intake) == (LIVE, [3])
    assert await taken(intake) == (BACKFILL, [1, 2])


async def test_a_redelivered_message_is_taken_alone_and_in_its_turn() -> None:
    """Its neighbours must not pay for it, and the finished prefix stays one."""
    again = Handed(3, redelivered=True)
    intake = intake_of(live=[Handed(1), Handed(2), again, Handed(4)])
    assert [await taken(intake) for _ in range(3)] == [(LIVE, [1, 2]), (LIVE, [3]), (LIVE, [4])]


def keeping(*held: Handed) -> Returning:
    """Whoever held these when the line was lost."""
    returning = Returning()
    returning.keep(cast("Any", held))
    return returning


def back(number: int, deliveries: int) -> Any:
    """A message that was handed out *deliveries* times before."""
    return Handed(number, redelivered=True, deliveries=deliveries)


def test_what_came_back_from_here_ended_nobody() -> None:
    """The process that held it is the one that asks; anybody else's may have been its death."""
    returning = keeping(Handed(1), Handed(2, deliveries=0))
    assert not returning.is_suspect(back(1, deliveries=1))
    assert returning.is_suspect(back(3, deliveries=1)), "another process had it"
    assert returning.is_suspect(back(2, deliveries=2)), "another process had it in between"


def test_every_time_counts_that_a_message_was_handed_out() -> None:
    """From RabbitMQ 4.3 on the first header leaves out what came back from a node that was cut off."""
    returning = keeping(Handed(1, acquired=1))
    assert not returning.is_suspect(cast("Any", Handed(1, redelivered=True, acquired=2)))
    cut_off = Handed(1, redelivered=True, deliveries=1, acquired=3)
    assert returning.is_suspect(cast("Any", cut_off))


def test_a_suspect_stays_one_however_often_the_line_is_lost() -> None:
    """It waits for its turn alone, and until then nobody knows what it does."""
    returning = keeping(back(1, deliveries=1), Handed(2))
    assert returning.is_suspect(back(1, deliveries=2))
    returning.keep([back(2, deliveries=1)])
    assert not returning.is_suspect(back(2, deliveries=2))


async def test_a_batch_tells_whether_it_left_something() -> None:
    """That is a backlog, however short the batch: what can wait for its end waits."""
    intake = intake_of(live=[*(Handed(n) for n in range(4)), Handed(4, member="3170206")])
    told = [cast("Any", await intake.next()).has_more for _ in range(2)]
    assert told == [True, False]


async def test_a_batch_is_bounded() -> None:
    """A batch is what a neighbour's live notice may have to wait for: short, while live ones come."""
    intake = intake_of(live=[Handed(n) for n in range(4)], backfill=[Handed(n) for n in range(20)])
    assert await taken(intake) == (LIVE, [0, 1, 2])
    assert await taken(intake) == (LIVE, [3])
    assert [len((await taken(intake))[1]) for _ in range(3)] == [3, 3, 3]


async def test_history_alone_goes_as_fast_as_anything() -> None:
    """An outage is worked off through the same queue, and nobody live waits for it."""
    intake = intake_of(backfill=[Handed(n) for n in range(20)])
    assert [len((await taken(intake))[1]) for _ in range(3)] == [7, 7, 6]


async def test_each_member_has_its_turn() -> None:
    """One that told a thousand notices delays its own, not its neighbour's; each one's stay in order."""
    flood = [Handed(n) for n in range(1, 21)]
    one, other = Handed(21, member="3170206"), Handed(22, member="3136702")
    intake = intake_of(live=[*flood, one, other, Handed(23, member="3170206")])
    assert await taken(intake) == (LIVE, [1, 21, 22])
    assert await taken(intake) == (LIVE, [2, 23])
    assert await taken(intake) == (LIVE, [3, 4, 5])


async def test_who_has_much_keeps_up_though_others_always_have_a_little() -> None:
    """A pause of a moment must not leave a backlog that ordinary traffic keeps from going away."""
    intake = intake_of(live=[Handed(n) for n in range(20)])
    (live, _) = intake._queues
    sizes = []
    for number in range(100, 106):
        live.take_in(cast("Any", Handed(number, member="3170206")))
        sizes.append(len((await taken(intake))[1]))
    assert sizes == [2, 3, 2, 3, 2, 3]


async def test_a_neighbour_does_not_wait_for_what_would_fill_its_batch_up() -> None:
    """Its own notice is committed by itself; what another one has few of, though, goes with it."""
    flood = [Handed(n) for n in range(1, 5)]
    intake = intake_of(live=[*flood, Handed(5, member="3170206")])
    assert [await taken(intake) for _ in range(2)] == [(LIVE, [1, 5]), (LIVE, [2, 3, 4])]
    few = intake_of(live=[Handed(1), Handed(2), Handed(3, member="3170206")])
    assert await taken(few) == (LIVE, [1, 3, 2])


async def test_a_redelivered_message_of_a_neighbour_is_alone_too() -> None:
    """Whoever is beside it in the row loses nothing but a turn."""
    again = Handed(3, redelivered=True, member="3170206")
    intake = intake_of(live=[Handed(1), Handed(2), again])
    assert [await taken(intake) for _ in range(3)] == [(LIVE, [1]), (LIVE, [3]), (LIVE, [2])]


async def test_nothing_is_acknowledged_before_it_is_done() -> None:
    """What had its turn early waits for the older ones: an acknowledgement is for all before it."""
    channel = Channel()
    queue = Queued(LIVE, cast("AbstractChannel", channel), asyncio.Event(), 100, Returning())
    for message in (Handed(1), Handed(2), Handed(3), Handed(4, member="3170206"), Handed(5)):
        queue.take_in(cast("Any", message))
    first, second = queue.batch(3).messages, queue.batch(3).messages
    assert [message.delivery_tag for message in (*first, *second)] == [1, 4, 2, 3, 5]
    await queue.acknowledge(first)
    assert channel.acknowledged == [1]
    await queue.acknowledge(second)
    assert channel.acknowledged == [1, 5]


async def stopped(*messages: Handed) -> Intake:
    """An intake that was handed these, and asks for no more."""
    intake, stop = intake_of(live=list(messages)), asyncio.Event()
    stop.set()
    await intake.stop_when(stop)
    return intake


async def test_a_process_that_ends_works_off_what_it_has() -> None:
    """Given back, each would come a second time somewhere, and be handled alone there."""
    intake = await stopped(Handed(1), Handed(2, redelivered=True))
    assert [await taken(intake) for _ in range(2)] == [(LIVE, [1]), (LIVE, [2])]
    assert await intake.next() is None


async def test_a_process_that_ends_gives_back_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends in time, and by itself, however much came again and has to be handled alone."""
    monkeypatch.setattr(intake_module, "DRAIN_SECONDS", 0.0)
    intake = await stopped(Handed(1), Handed(2))
    assert await intake.next() is None
