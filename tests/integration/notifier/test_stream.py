"""`/v1/stream` over a real stream and real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from services.notifier import readers as readers_module
from services.notifier import sse
from shared.directory import Directory, DirectoryFollower
from shared.notices.feed import RESTORED_TYPE, Erased, FeedAgreement
from tests.integration.notifier.conftest import Keys, Publish, bearer, notifier_on
from tests.support.feed import UBERLANDIA, Listener, events_in, item_at, listening
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


async def test_streams_wait_until_keys_and_positions_can_be_judged(vhost: Vhost, publish: Publish) -> None:
    """A notifier that has just started must call no key unknown and no position either."""
    keys = Keys()
    await publish(item_at(1), item_at(2))
    async with (
        notifier_on(vhost.url_of("notifier")) as origin,
        aiohttp.ClientSession(headers=bearer(keys.office)) as session,
    ):
        asking = asyncio.create_task(session.get(f"{origin}/v1/stream?last_event_id=1"))
        done, _ = await asyncio.wait({asking}, timeout=1.5)
        assert not done
        await keys.publish(vhost)
        async with asyncio.timeout(60):
            response = await asking
        assert response.status == 200
        assert await names_and_ids(Listener(response), 2) == [("notice", 2)]
        response.close()


async def test_waiting_streams_do_not_hold_up_the_end(vhost: Vhost, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notifier that never came to know its keys can still be stopped, and they are answered."""
    waits = asyncio.Event()
    wait_read = DirectoryFollower.wait_read

    async def waited(follower: DirectoryFollower, _seconds: float) -> Directory:
        waits.set()
        return await wait_read(follower, 3600)

    monkeypatch.setattr(DirectoryFollower, "wait_read", waited)
    monkeypatch.setattr(sse, "OPENING_SECONDS", 3600)
    async with aiohttp.ClientSession() as session:
        async with notifier_on(vhost.url_of("notifier")) as origin:
            asking = asyncio.create_task(session.get(f"{origin}/v1/stream"))
            await waits.wait()
        response = await asking
        assert response.status == 503


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


async def test_a_cursor_comes_as_a_heartbeat(
    monkeypatch: pytest.MonkeyPatch, vhost: Vhost, keys: Keys, publish: Publish
) -> None:
    """Silence is told apart from a dead line, also when every item was withheld."""
    assert keys
    monkeypatch.setattr(readers_module, "CURSOR_SECONDS", 0.2)
    async with notifier_on(vhost.url_of("notifier")) as origin, listening(origin) as listener:
        await listener.next()
        await publish(item_at(1, visibility="restricted"))
        events = await listener.until(1)
        assert (events[-1].name, events[-1].data) == ("cursor", {"position": 1})


async def test_a_slow_reader_is_dropped_and_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, origin: str, publish: Publish
) -> None:
    """It holds a bounded buffer for a bounded time; then it may resume."""
    monkeypatch.setattr(sse, "STALL_SECONDS", 3.0)
    host, port = urlsplit(origin).hostname, urlsplit(origin).port
    assert host
    assert port
    before = await evictions(origin)
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stuck, (host, port))
        await loop.sock_sendall(stuck, b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        async with listening(origin) as healthy:
            await healthy.next()
            agreement = FeedAgreement("AG-0000000000001", "2026/1", "x" * 20_000, "signed", "IRM")
            await publish(*(item_at(position, agreement=agreement) for position in range(1, 61)))
            assert [event.id for event in await healthy.until(60)] == list(range(1, 61))
            async with asyncio.timeout(60):
                while await evictions(origin) == before:  # noqa: ASYNC110 (polled, as monitoring does)
                    await asyncio.sleep(0.1)


async def evictions(origin: str) -> float:
    """How many streams were ended for slowness, as the metrics tell."""
    async with aiohttp.ClientSession() as session, session.get(f"{origin}/metrics") as response:
        lines = (await response.text()).splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("malha_stream_evicted_total{")
    )


async def test_an_old_proxy_gets_the_same_without_chunks(origin: str, publish: Publish) -> None:
    """HTTP/1.0 knows no chunks: caught up and live, the bytes must be events and nothing else."""
    address = urlsplit(origin)
    await publish(item_at(1))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"GET /v1/stream?last_event_id=0 HTTP/1.0\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(60):
        for name in ("hello", "notice"):
            (event,) = events_in(await reader.readuntil(b"\n\n"))
            assert event.name == name
        await publish(item_at(2))
        (event,) = events_in(await reader.readuntil(b"\n\n"))
    assert event.id == 2
    writer.close()


async def test_a_thousand_streams_end_at_once(vhost: Vhost, keys: Keys) -> None:
    """A restart must not wait for readers: they are told to go, and come back by themselves."""
    assert keys
    async with notifier_on(vhost.url_of("notifier")) as origin:
        address = urlsplit(origin)
        streams = [await asyncio.open_connection(address.hostname, address.port) for _ in range(1000)]
        for _, writer in streams:
            writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        for reader, _ in streams:
            await reader.readuntil(b"event: hello")
    for reader, writer in streams:  # whoever is cut off when the patience is over has no last chunk
        assert (await reader.read()).endswith(b"0\r\n\r\n")
        writer.close()
