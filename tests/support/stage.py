"""A registry that a test may break as it likes, alone with its broker, its database and one reader.

Notices come to it as ingest publishes them. Its line to the broker leads through a proxy; its processes are
nobody's but the test's. The servers themselves are shared, and never touched.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any, Final

import aio_pika
import aiohttp
import asyncpg

from services.ingest.publisher import NoticePublisher
from services.registry.network.keys import issue_key
from shared.broker import ConfirmedPublisher
from shared.notices.envelope import Delivery, Notice, Sender
from tests.support import reference_fold as reference
from tests.support.fault_proxy import FaultProxy
from tests.support.house import SESSION_KEY
from tests.support.model import Registered, by_agreement, registered_notices
from tests.support.processes import ServiceProcess
from tests.support.reader import Reader
from tests.support.recount import COORDINATION, Asker, last_nil_return, one_click
from tests.support.servers import Servers, Vhost, fresh_database, fresh_vhost
from tests.support.tellings import MEMBERS

ENVIRONMENT: Final = "test"
QUEUES: Final = ("registry.live", "registry.backfill", "registry.retry", "registry.dead")
_TICK_SECONDS: Final = 0.02
_DRAIN_SECONDS: Final = 180.0
_STREAM_SECONDS: Final = 60.0

TERMINATE: Final = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
COUNTS: Final = """
SELECT (SELECT count(*) FROM inbox),
       (SELECT count(*) FROM (SELECT DISTINCT member, source, id, envelope, data FROM conflict) AS contents)
"""


class Stage:
    """One registry (in up to two processes), one notifier, one reader who misses nothing."""

    registries: tuple[ServiceProcess, ServiceProcess]
    notifier: ServiceProcess
    reader: Reader
    database_url: str

    def __init__(self, folder: Path) -> None:
        """The processes write their logs into *folder*."""
        self._folder = folder
        self._resources = AsyncExitStack()
        self._keys: dict[Asker, str] = {}

    async def begin(self, servers: Servers, template: str, askers: Sequence[Asker]) -> None:
        """Build it, with a key for each asker; the processes are started, not ready."""
        enter = self._resources.enter_async_context
        self._vhost: Vhost = await enter(fresh_vhost(servers))
        self.database_url = await enter(fresh_database(servers, template))
        self._line = FaultProxy(self._vhost.url_of("registry"))
        self._resources.push_async_callback(self._line.close)
        await self._line.accept()
        self._connection = await asyncpg.connect(self.database_url, timeout=60, command_timeout=60)
        self._resources.push_async_callback(self._connection.close)
        for asker in askers:
            if asker.role != "anonymous":
                key = await issue_key(self._connection, ENVIRONMENT, asker.member or "31", asker.role, "test")  # type: ignore[arg-type]
                self._keys[asker] = str(key)
        self._http = await enter(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)))
        self._publisher = await enter(_publishing(self._vhost.url_of("ingest")))
        self.registries = (self._registry("first"), self._registry("second"))
        self.notifier = self._process("notifier", "notifier", self._vhost.url_of("notifier"))
        for process in (*self.registries, self.notifier):
            self._resources.push_async_callback(process.kill)
        await self.registries[0].start()
        await self.notifier.start()
        self.reader = Reader(self.notifier.url, self._keys[COORDINATION])
        await enter(_running(self.reader))

    async def end(self) -> None:
        """Take all of it away."""
        await self._resources.aclose()

    def _registry(self, name: str) -> ServiceProcess:
        return self._process("registry", name, self._line.url)

    def _process(self, service: str, name: str, amqp_url: str) -> ServiceProcess:
        environment = {
            "MALHA_ENVIRONMENT": ENVIRONMENT,
            "MALHA_PUBLIC_URL": "http://127.0.0.1",
            "MALHA_SESSION_KEY": SESSION_KEY,
            "MALHA_AMQP_URL": amqp_url,
            "MALHA_DATABASE_URL": self.database_url,
        }
        return ServiceProcess(service, environment, self._folder / f"{name}.log")

    # ------------------------------------------------------------------------------------ what happens
    async def publish(self, notices: Sequence[Notice]) -> None:
        """Publish *notices* in this order, as ingest does, until the broker has them."""
        await self._publisher.publish([_delivery(notice) for notice in notices])

    def cut(self) -> None:
        """Reset the registries' connections to the broker."""
        self._line.cut()

    async def terminate_backends(self) -> None:
        """End all sessions that the registries have with PostgreSQL, in whatever they were doing."""
        await self._connection.execute(TERMINATE)

    # ---------------------------------------------------------------------------------- what is seen
    async def taken_in(self, identities: int, conflicts: int) -> None:
        """Return once so much is registered, and the stream and the reader have come up to it."""
        for process in self.registries:
            process.thaw()
        if not any(process.running for process in self.registries):
            await self.registries[0].start()
        found: tuple[int, int] | None = None
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while found != (identities, conflicts):
                    for process in (*self.registries, self.notifier):
                        process.require_alive()
                    found = tuple(await self._connection.fetchrow(COUNTS))  # type: ignore[arg-type]
                    await asyncio.sleep(_TICK_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{found} of {(identities, conflicts)} notices and conflicts") from None
        for process in (*self.registries, self.notifier):
            if process.running:
                await process.ready()
        try:
            await self.reader.reaches(identities, _STREAM_SECONDS)
        except TimeoutError:
            raise AssertionError(f"the reader is at {self.reader.position} of {identities}") from None

    async def depth(self, queue: str) -> int:
        """How many messages wait in *queue*; those that a consumer holds are not among them."""
        connection = await aio_pika.connect(self._vhost.amqp_url, timeout=60)
        async with connection:
            channel = await connection.channel()
            declared = await channel.declare_queue(queue, passive=True, timeout=60)
            return declared.declaration_result.message_count or 0

    async def faults_of_the_stream(self) -> list[str]:
        """Where the feed stream, repeats dropped, is not the stored items in order."""
        rows = await self._connection.fetch("SELECT position, item FROM feed_item ORDER BY position")
        items = [json.loads(row["item"]) for row in rows]
        if not items:
            return []
        found: list[Any] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(_STREAM_SECONDS):
                async for position, item in self._stream():
                    if position > len(found) + 1:
                        return [f"the stream goes on with {position} after {len(found)}"]
                    if position == len(found) + 1:
                        found.append(item)
                    elif item != found[position - 1]:
                        return [f"the stream has two items at {position}"]
                    if len(found) == len(items):
                        break
        if found != items:
            return [f"the stream holds {len(found)} of {len(items)} items, or others"]
        return []

    async def _stream(self) -> Any:
        connection = await aio_pika.connect(self._vhost.amqp_url, timeout=60)
        async with connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=1000)
            queue = await channel.get_queue("feed", ensure=False)
            async with queue.iterator(arguments={"x-stream-offset": "first"}) as messages:
                async for message in messages:
                    event = json.loads(message.body)
                    yield int(event["id"]), event["data"]
                    await message.ack()

    async def faults_of_answers(self, askers: Sequence[Asker]) -> list[str]:
        """Where the one click, and the list of agreements, is not what counting anew gives."""
        registered = await self.registered()
        agreements = by_agreement(found.notice for found in registered)
        faults = []
        for member, asker in product(MEMBERS, askers):
            heard = [found for found in registered if found.notice.member == member]
            answer = await self.get(f"/v1/members/{member}", asker)
            wanted = one_click(
                member, asker, agreements, heard=bool(heard), today=date.fromisoformat(answer["as_of"])
            )
            wanted["last_nil_return"] = last_nil_return(found.notice for found in heard)
            told = {name: answer[name] for name in wanted}
            if told != wanted:
                faults.append(f"{member} asked by {asker}: {told}, not {wanted}")
        listed = {
            (item["member"], item["subject"]): item
            for item in await self.get_all("/v1/agreements?limit=500", COORDINATION)
        }
        if listed.keys() != agreements.keys():
            faults.append(f"listed, or not, against all notices: {listed.keys() ^ agreements.keys()}")
        for which in listed.keys() & agreements.keys():
            item = listed[which]
            day = reference.on(agreements[which], date.fromisoformat(item["as_of"]))
            if (item["state"], item["data"]) != day:
                faults.append(f"{which} is listed as {item['state']} {item['data']}, not {day}")
        return faults

    async def registered(self) -> list[Registered]:
        """Every notice that stands in the ledger."""
        return list((await registered_notices(self._connection)).values())

    async def get_all(self, path: str, asker: Asker) -> list[Any]:
        """All items of the list at *path*, page after page."""
        page = await self.get(path, asker)
        items: list[Any] = page["items"]
        while page["next"] is not None:
            page = await self.get(f"{path}&cursor={page['next']}", asker)
            items += page["items"]
        return items

    async def get(self, path: str, asker: Asker) -> Any:
        """What the first registry that runs answers to *asker*."""
        process = next(process for process in self.registries if process.running)
        key = self._keys.get(asker)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with self._http.get(process.url + path, headers=headers) as answer:
            body = await answer.json(content_type=None)
            assert answer.status == 200, (path, asker, answer.status, body)
            return body


def _delivery(notice: Notice) -> Delivery:
    return Delivery(
        notice=notice,
        sender=Sender(role="member", member=notice.member, key="k" * 12, door="api"),
        received_at=datetime.now(UTC),
        environment=ENVIRONMENT,
    )


@asynccontextmanager
async def _publishing(url: str) -> Any:
    confirmed = ConfirmedPublisher(url, "malha-ingest publish")
    stop = asyncio.Event()
    running = asyncio.create_task(confirmed.run(stop))
    try:
        yield NoticePublisher(confirmed, None)
    finally:
        stop.set()
        await running


@asynccontextmanager
async def _running(reader: Reader) -> Any:
    reading = asyncio.create_task(reader.run())
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.wait({reading})
