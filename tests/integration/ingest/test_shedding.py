"""What is put off while there is too much to do, and that one that floods delays nobody else."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import count
from types import SimpleNamespace
from typing import Any

import aio_pika
import aiohttp
import msgspec
import pytest
from aiohttp import web

from services.ingest import http, lanes, limits
from services.ingest.looking import QueueLook
from shared.accounts import ApiKey
from shared.database import Database
from shared.notices.door import RawEvent, envelopes
from shared.pressure import ORDER, PRESSURE, Kind, Signal
from shared.turns import TURN_ITEMS
from tests.integration.ingest.conftest import CITY, DIRECTORY, OTHER, Starter, event, messages_in
from tests.support.composed import composed
from tests.support.fault_proxy import fault_proxy
from tests.support.house import known
from tests.support.parts import running
from tests.support.servers import Vhost
from tests.support.world import eventually

NEIGHBOUR_KEY = ApiKey.issue("test")
BATCH = "application/cloudevents-batch+json"


class House:
    """Ingest and the registry in one process, with a signal that the test sets."""

    def __init__(self, http: aiohttp.ClientSession, app: web.Application) -> None:
        self.http = http
        self._value = 0.0
        self._pressure = app[PRESSURE]
        self._pressure.add(Signal("waiting", "{0:.0f} of a test", lambda: self._value, (1, 2, 3)))

    def rise(self, value: float) -> None:
        """There is so much to do from now on."""
        self._value = value
        self._pressure.sample()
        self._pressure.sample()

    async def answers(self) -> dict[Kind | str, int]:
        """The status of each kind of work, live notices and questions included."""
        form = aiohttp.FormData()
        form.add_field("file", b"processo;titulo\r\n1;Acordo\r\n", filename="a.csv", content_type="text/csv")
        asked = {
            "imports": self.http.post("/v1/imports", data=form),
            "backfill": self.http.post("/v1/notices", json=event(backfill=True)),
            "exports": self.http.get("/v1/agreements?format=csv"),
            "live": self.http.post("/v1/notices", json=event(id="2")),
            "question": self.http.get("/v1/agreements"),
        }
        found: dict[Kind | str, int] = {}
        for kind, request in asked.items():
            async with request as answer:
                found[kind] = answer.status
                if answer.status == 503:
                    problem = await answer.json(content_type="application/problem+json")
                    assert problem["code"] == "unavailable"
                    assert "movimento" in problem["detail"]
                    assert int(answer.headers["Retry-After"]) > 0
        return found


@pytest.fixture
async def house(vhost: Vhost, database: str) -> AsyncIterator[House]:
    """Both services, ready, and a city hall's session with them."""
    async with composed(vhost, database) as found:
        yield House(found.http, found.app)


async def test_imports_then_history_then_files_and_never_live_notices(house: House) -> None:
    """The more there is to do, the more is put off, each with words and a time to come back."""
    calm = await house.answers()
    assert (calm["backfill"], calm["exports"], calm["live"], calm["question"]) == (202, 200, 202, 200)
    assert calm["imports"] != 503
    for level, kind in enumerate(ORDER, start=1):
        house.rise(level)
        found = await house.answers()
        assert {each for each, status in found.items() if status == 503} == set(ORDER[:level]), kind
        assert (found["live"], found["question"]) == (202, 200)
    async with house.http.get("/healthz/ready") as answer:
        assert answer.status == 200
        part = (await answer.json())["parts"]["pressure"]
    assert part == {"ok": True, "detail": "puts off imports, backfill, exports: 3 of a test"}


async def test_late_confirms_put_imports_off(start: Starter, vhost: Vhost) -> None:
    """A broker that keeps everybody waiting gets no spreadsheet on top."""
    async with fault_proxy(vhost.url_of("ingest")) as proxy:
        ingest = await start(amqp_url=proxy.url, amqp_management_url=None)
        proxy.pause()
        waiting = asyncio.create_task(ingest.post(event()))
        async with asyncio.timeout(60):
            while True:
                status, problem, _ = await ingest.post(b"", path="/v1/imports", content_type="text/csv")
                if status == 503:
                    break
                await asyncio.sleep(0.05)
        assert "planilhas esperam" in problem["detail"]
        proxy.resume()
        await waiting


async def test_whoever_waits_for_the_database_is_seen(database: str) -> None:
    """The longest wait counts, and is over with the waiting."""
    pool = Database(database, "malha-registry reads", most_connections=1)
    try:
        async with pool.connection():
            assert pool.late_seconds() == 0
            waiting = asyncio.create_task(_used(pool))
            async with asyncio.timeout(60):
                while not pool.late_seconds():  # noqa: ASYNC110 - no signal tells that it has begun to wait
                    await asyncio.sleep(0)
        await waiting
        assert pool.late_seconds() == 0
    finally:
        await pool.close()


async def _used(pool: Database) -> None:
    async with pool.connection():
        pass


async def test_in_a_crowd_a_flood_takes_the_slow_lane_and_its_neighbour_does_not(
    start: Starter, vhost: Vhost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is refused; the neighbour's notice stands before what is beyond the flood's share."""
    monkeypatch.setattr(lanes, "LONG_MESSAGES", 20)
    monkeypatch.setattr(lanes, "ABREAST_MESSAGES", 10)
    directory = msgspec.structs.replace(DIRECTORY, keys=(*DIRECTORY.keys, known(NEIGHBOUR_KEY, OTHER)))
    ingest = await start(directory=directory, live_per_second=1)
    crowd = [event(id=f"crowd-{number}", subject=f"P-{number}") for number in range(50)]
    status, body, _ = await ingest.post(crowd, content_type=BATCH)
    assert (status, len(body["receipts"])) == (202, 50)
    numbers = count(1)

    async def is_seen() -> bool:
        assert (await ingest.post(event(id=f"flood-{next(numbers)}")))[0] == 202
        async with await aio_pika.connect(vhost.amqp_url) as connection:
            slow = await (await connection.channel()).get_queue("registry.backfill")
            return bool(slow.declaration_result.message_count)

    await eventually(is_seen, "the crowd is seen", 60)
    assert (await ingest.post(event(member=OTHER), key=NEIGHBOUR_KEY))[0] == 202
    [slow] = await messages_in(vhost, "registry.backfill", 1)
    assert slow.routing_key == f"backfill.{CITY}.agreement.signed"
    assert b'"backfill":true' not in slow.body, "it is no history for all that"
    async with await aio_pika.connect(vhost.amqp_url) as connection:
        waiting = (await (await connection.channel()).get_queue("registry.live")).declaration_result
    live = await messages_in(vhost, "registry.live", waiting.message_count or 0)
    assert (live[-1].headers or {})["member"] == OTHER


async def test_a_queue_that_is_gone_for_a_while_ends_nothing(vhost: Vhost) -> None:
    """What looks at the queue looks again; and it needs no right but to come in."""
    look = QueueLook(vhost.url_of("ingest"))
    async with running(look), await aio_pika.connect(vhost.amqp_url) as connection:
        channel = await connection.channel()

        async def holds(messages: int) -> bool:
            return look.waiting_messages() == messages

        async def put(messages: int) -> None:
            for _ in range(messages):
                await channel.default_exchange.publish(aio_pika.Message(b"waiting"), "registry.live")

        await put(3)
        await eventually(lambda: holds(3), "three are seen", 60)
        await (await channel.get_queue("registry.live")).delete(if_unused=False, if_empty=False)
        await channel.declare_queue("registry.live", durable=True, arguments={"x-queue-type": "quorum"})
        await put(2)
        await eventually(lambda: holds(2), "the new queue is seen", 60)


async def test_who_ignores_its_limit_is_refused_unread(
    start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a thousand events only to refuse them would cost everybody else the time."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1000.0))  # within one second
    ingest = await start(events_per_second=10)
    batch: list[dict[str, Any]] = [event(id=str(number)) for number in range(9)]
    assert (await ingest.post(batch, content_type=BATCH))[0] == 202
    assert (await ingest.post(batch, content_type=BATCH))[0] == 429
    status, problem, headers = await ingest.post(b"[not even JSON", content_type=BATCH)
    assert (status, problem["code"]) == (429, "too_many_requests")
    assert int(headers["Retry-After"]) > 0
    status, _, _ = await ingest.post(event(id="single"))
    assert status == 202, "one notice costs little to read, and fits"


async def test_batches_that_come_together_are_not_all_read(
    start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is read in turns with everybody else, but not beside the others of its key."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1000.0))  # within one second
    read: list[bytes] = []

    def counted(body: bytes, headers: Mapping[str, str], content_type: str) -> Iterator[RawEvent]:
        read.append(body)
        return envelopes(body, headers, content_type)

    monkeypatch.setattr(http, "envelopes", counted)
    ingest = await start(events_per_second=3 * TURN_ITEMS)
    batch: list[dict[str, Any]] = [event(id=str(number)) for number in range(2 * TURN_ITEMS)]
    answers = await asyncio.gather(*(ingest.post(batch, content_type=BATCH) for _ in range(6)))
    assert sorted(status for status, _, _ in answers) == [202, 429, 429, 429, 429, 429]
    assert len(read) == 2
