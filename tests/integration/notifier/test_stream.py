"""`/v1/stream` over a real stream: who is told what, from which position on."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from shared.notices.feed import RESTORED_TYPE, Erased, FeedAgreement
from tests.integration.notifier.conftest import Keys, Publish, bearer
from tests.support.feed import UBERLANDIA, Listener, item_at, listening
from tests.support.servers import Vhost


async def get(origin: str, path: str, **headers: str) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON body and headers."""
    async with aiohttp.ClientSession() as session, session.get(origin + path, headers=headers) as response:
        return response.status, json.loads(await response.read()), dict(response.headers)


async def names_and_ids(listener: Listener, position: int) -> list[tuple[str, int]]:
    """What came, up to *position*, without the hello."""
    return [(event.name, event.id) for event in await listener.until(position) if event.name != "hello"]


async def test_a_notice_reaches_an_open_stream(origin: str, publish: Publish) -> None:
    """The main job: hello first, then each item as it is published, in the contract's shape."""
    async with listening(origin) as listener:
        assert listener.response.headers["Content-Type"] == "text/event-stream"
        assert listener.response.headers["X-Accel-Buffering"] == "no"
        assert listener.response.headers["Cache-Control"] == "no-store, no-transform"
        hello = await listener.next()
        assert (hello.name, hello.id) == ("hello", 0)
        assert list(hello.data) == ["position", "head", "oldest", "server_time", "environment", "role"]
        assert hello.data["environment"] == "test"
        await publish(item_at(1), item_at(2))
        first, second = await listener.next(), await listener.next()
    assert (first.name, first.id, second.id) == ("notice", 1, 2)
    assert first.data["headline"]["pt"] == "Belo Horizonte assinou com o Porto"


async def test_resuming_is_exact(origin: str, publish: Publish) -> None:
    """By header or query, and the header wins: an EventSource repeats its address but renews its header."""
    await publish(*(item_at(position) for position in range(1, 6)))
    async with listening(origin, Last_Event_ID="2") as by_header:
        assert await names_and_ids(by_header, 5) == [("notice", 3), ("notice", 4), ("notice", 5)]
    async with listening(origin, "last_event_id=3", Last_Event_ID="4") as by_both:
        hello = await by_both.next()
        assert (hello.id, hello.data["head"], hello.data["oldest"]) == (4, 5, 1)
        assert (await by_both.next()).id == 5
    async with listening(origin, "last_event_id=5") as at_the_head:
        assert (await at_the_head.next()).id == 5
        await publish(item_at(6))
        assert (await at_the_head.next()).id == 6


@pytest.mark.parametrize(
    ("asked", "reason", "snapshot"),
    [("abc", "malformed", 0), ("-1", "malformed", 0), ("007", "malformed", 0), ("99", "unknown", 99)],
)
async def test_a_position_that_cannot_be_resumed_gets_a_reset(
    origin: str, publish: Publish, asked: str, reason: str, snapshot: int
) -> None:
    """A 4xx would stop an EventSource for good: it is told in band where to catch up."""
    await publish(item_at(1), item_at(2))
    async with listening(origin, f"last_event_id={asked}") as listener:
        hello, reset = await listener.next(), await listener.next()
        assert (hello.id, reset.name, reset.id) == (2, "reset", 2)
        assert reset.data == {"reason": reason, "snapshot": f"/v1/feed?after={snapshot}"}
        await publish(item_at(3))
        assert (await listener.next()).id == 3


async def test_a_position_older_than_the_ring_gets_a_reset(origin: str, publish: Publish) -> None:
    """A ring that began at 7 cannot tell what came before."""
    await publish(item_at(7))
    async with listening(origin, "last_event_id=5") as listener:
        await listener.next()
        reset = await listener.next()
        assert reset.data == {"reason": "too_old", "snapshot": "/v1/feed?after=5"}
    async with listening(origin, "last_event_id=6") as listener:
        assert await names_and_ids(listener, 7) == [("notice", 7)]


async def test_everybody_is_told_what_they_may_see(origin: str, publish: Publish, keys: Keys) -> None:
    """Public for all, network for members, restricted for its own member and the office."""
    await publish(
        item_at(1),
        item_at(2, visibility="network"),
        item_at(3, visibility="restricted"),
        item_at(4, visibility="restricted", member=UBERLANDIA),
        item_at(5),
    )
    seen = []
    for headers in (
        {},
        bearer(keys.uberlandia),
        bearer(keys.belo_horizonte),
        bearer(keys.office),
    ):
        async with listening(origin, "last_event_id=0", **headers) as listener:
            seen.append([id_ for name, id_ in await names_and_ids(listener, 5) if name == "notice"])
    assert seen == [[1, 5], [1, 2, 4, 5], [1, 2, 3, 5], [1, 2, 3, 4, 5]]


async def test_what_is_withheld_is_covered_by_a_cursor(origin: str, publish: Publish) -> None:
    """Live as well as when caught up, and with history, unless it was asked for."""
    items = [item_at(1), item_at(2, backfill=True), item_at(3, countries=("CN",)), item_at(4)]
    async with listening(origin, "country=PT") as live:
        await live.next()
        await publish(*items)
        assert await names_and_ids(live, 4) == [("notice", 1), ("cursor", 3), ("notice", 4)]
    async with listening(origin, "country=PT&last_event_id=0") as resumed:
        assert await names_and_ids(resumed, 4) == [("notice", 1), ("cursor", 3), ("notice", 4)]
    async with listening(origin, "country=PT&backfill=true&last_event_id=1") as history:
        assert await names_and_ids(history, 4) == [("notice", 2), ("cursor", 3), ("notice", 4)]


async def test_keys_and_filters_are_judged(origin: str) -> None:
    """A bad key is 401 and a misspelt filter 400, as problems with a code."""
    status, problem, headers = await get(origin, "/v1/stream", Authorization="Bearer nonsense")
    assert (status, problem["code"]) == (401, "unknown_key")
    assert headers["Content-Type"].startswith("application/problem+json")
    status, problem, _ = await get(origin, "/v1/stream?contry=PT")
    assert (status, problem["code"], problem["parameter"]) == (400, "invalid_parameter", "contry")


async def test_a_revoked_key_loses_its_streams(origin: str, vhost: Vhost, keys: Keys) -> None:
    """Open streams of the key end at once; others stay; the key gets no new one."""
    async with (
        listening(origin, **bearer(keys.belo_horizonte)) as revoked,
        listening(origin, **bearer(keys.uberlandia)) as kept,
    ):
        await revoked.next()
        await kept.next()
        await keys.publish(vhost, 2, without=keys.belo_horizonte)
        assert await revoked.next_or_end() is None
        with pytest.raises(TimeoutError):
            await kept.next_or_end(0.3)
    status, _, _ = await get(origin, "/v1/stream", **bearer(keys.belo_horizonte))
    assert status == 401


async def test_an_agreement_that_became_restricted_is_hidden(origin: str, publish: Publish) -> None:
    """Who resumes from before the change must not get what the change took away."""
    agreement = FeedAgreement("AG-0000000000001", "2026/1", "Irmanamento", "signed", "IRM")
    await publish(
        item_at(1, agreement=agreement), item_at(2, agreement=agreement, visibility="restricted"), item_at(3)
    )
    async with listening(origin, "last_event_id=0") as listener:
        assert await names_and_ids(listener, 3) == [("cursor", 2), ("notice", 3)]


async def test_what_was_erased_is_not_shown_again(origin: str, publish: Publish) -> None:
    """The stream on the broker still has the title; the readers never get it."""
    agreement = FeedAgreement("AG-0000000000001", "2026/1", "Carta de Fulano", "signed", "IRM")
    rebuilt = FeedAgreement("AG-0000000000001", "2026/1", None, "signed", "IRM")
    await publish(
        item_at(1, agreement=agreement),
        item_at(
            2, agreement=rebuilt, type="br.malha.ledger.erased.v1", erased=Erased(1, ("title",)), countries=()
        ),
    )
    async with listening(origin, "last_event_id=0") as listener:
        events = await listener.until(2)
    assert events[1].data["agreement"]["title"] is None
    assert "Fulano" not in str(events)


async def test_a_restore_resets_every_reader(origin: str, publish: Publish) -> None:
    """Positions go on above all that were given; who was up to date is told, and who comes back too."""
    await publish(item_at(1))
    mark = json.dumps({"specversion": "1.0", "type": RESTORED_TYPE, "data": {"position": 10}}).encode()
    async with listening(origin) as listener:
        assert (await listener.next()).id == 1
        await publish(mark, item_at(11))
        reset, notice = await listener.next(), await listener.next()
        assert (reset.name, reset.id, reset.data["reason"]) == ("reset", 10, "restored")
        assert (notice.name, notice.id) == ("notice", 11)
    async with listening(origin, "last_event_id=1") as listener:
        await listener.next()
        assert (await listener.next()).data == {"reason": "restored", "snapshot": "/v1/feed?after=1"}
