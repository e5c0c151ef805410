"""Which messages are taken next."""

import asyncio
from typing import Any, cast

from aiormq.abc import AbstractChannel

from services.registry.taking.intake import BACKFILL, LIVE, Intake, Queued


class Handed:
    """A delivered message, as far as the intake looks at it."""

    def __init__(self, number: int, *, redelivered: bool = False) -> None:
        self.number = number
        self.redelivered = redelivered


def intake_of(**waiting: list[Handed]) -> Intake:
    """An intake that was handed these messages."""
    news = asyncio.Event()
    live, history = (
        Queued(name, cast("AbstractChannel", None), news, most) for name, most in ((LIVE, 7), (BACKFILL, 3))
    )
    for queue in (live, history):
        queue.messages.extend(cast("Any", waiting.get(queue.name.rpartition(".")[2], [])))
    return Intake(live, history, news)


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


async def test_a_batch_is_bounded() -> None:
    """A batch of history is what a live notice may have to wait for: small, while live ones come."""
    intake = intake_of(live=[Handed(0)], backfill=[Handed(n) for n in range(20)])
    assert await taken(intake) == (LIVE, [0])
    assert [len((await taken(intake))[1]) for _ in range(3)] == [3, 3, 3]


async def test_history_alone_goes_as_fast_as_anything() -> None:
    """An outage is worked off through the same queue, and nobody live waits for it."""
    intake = intake_of(backfill=[Handed(n) for n in range(20)])
    assert [len((await taken(intake))[1]) for _ in range(3)] == [7, 7, 6]
