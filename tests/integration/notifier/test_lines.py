"""`/v1/stream` over real sockets: lines that wait, are silent, slow, old or many, and how they end."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import aiohttp
import pytest

from services.notifier import readers as readers_module
from services.notifier import sse
from shared.directory import Directory, DirectoryFollower
from shared.notices.feed import FeedAgreement
from tests.integration.notifier.conftest import Keys, Publish, bearer, notifier_on
from tests.support.feed import Listener, events_in, item_at, listening
from tests.support.servers import Vhost


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
        hello, notice = await Listener(response).until(2)
        assert (hello.name, notice.name, notice.id) == ("hello", "notice", 2)
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
