"""A whole Malha to break: private servers, three services, a bad line on every link, senders and a reader.

Every service reaches its servers through a proxy of its own, so that a test can cut or freeze one link and
leave the others alone. Whatever is killed is started again by the supervisor that `make up` uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import aio_pika
import aiohttp
import asyncpg
import structlog

from deploy.local import bootstrap, postgres, progress, rabbitmq, servers, services
from deploy.local.layout import Layout, State
from deploy.local.supervisor import Program, Supervisor, log_to
from tests.support.checker import check, faults_of_reading
from tests.support.fault_proxy import FaultProxy
from tests.support.load import Load
from tests.support.reader import Reader

Kind = TypeVar("Kind", bound="World")

SETTLED_AFTER_DECLARING_SECONDS = 10
"""RabbitMQ 3.10 may lose confirmed messages of a quorum queue that is killed right after its birth."""

_UNHURRIED = {"MALHA_REQUESTS_PER_SECOND": "100000", "MALHA_EVENTS_PER_SECOND": "100000"}


class World:
    """Malha under test. `links` are the proxies: ingest, registry, notifier (to the broker), database."""

    def __init__(self, layout: Layout, state: State, supervisor: Supervisor) -> None:
        self.layout = layout
        self.state = state
        self.supervisor = supervisor
        self.links: dict[str, FaultProxy] = {}
        self.keys: dict[str, str] = {}
        self.coordination_key = ""
        self._programs: dict[str, Program] = {}

    def layouts(self) -> list[Layout]:
        """Whose data is forgotten at the end."""
        return [self.layout]

    @property
    def database_url(self) -> str:
        """The registry's database, by a line that is never cut."""
        return postgres.url(self.state, services.DATABASE)

    def url(self, service: str) -> str:
        """The origin of *service*."""
        return services.origin(getattr(self.state.ports, service))

    def urls(self, service: str) -> list[str]:
        """The origins of all processes of *service*."""
        return [self.url(service)]

    async def begin(self) -> None:
        """Start everything, and wait until it is ready."""
        with progress.shown() as report:
            await self.start_servers(report)
            await bootstrap.apply_topology(self.state, report)
            declared = time.monotonic()
            await bootstrap.migrate(self.state, report)
            await bootstrap.issue_keys(self.layout, self.state, report)
        self.keys = {member: self.state.secrets.api_keys[member] for member in bootstrap.MEMBERS}
        self.coordination_key = self.state.secrets.api_keys["coordination"]
        await self.lay_lines()
        for program in services.programs(self.layout, self.state, split=True):
            self.add(program.name, program)
        await self.all_ready()
        await asyncio.sleep(max(0.0, declared + SETTLED_AFTER_DECLARING_SECONDS - time.monotonic()))

    async def start_servers(self, report: progress.Report) -> None:
        """Start the broker and the database, and wait until they answer."""
        await servers.start(self.supervisor, self.layout, self.state, report)

    async def lay_lines(self) -> None:
        """Put a line that can be broken in front of what each service reaches."""
        amqp = rabbitmq.amqp_url(self.state, services.VHOST)
        for name, url in {**dict.fromkeys(services.NAMES, amqp), "database": self.database_url}.items():
            self.links[name] = FaultProxy(url)
            await self.links[name].accept()

    def add(self, service: str, program: Program) -> None:
        """Start a process of *service*, with its lines."""
        told = {**program.environment, **_UNHURRIED, **self.lines_of(service)}
        self._programs[program.name] = replace(program, environment=told)
        self.supervisor.keep(self._programs[program.name])

    def lines_of(self, service: str) -> dict[str, str]:
        """By which addresses *service* reaches the broker and the database."""
        amqp_port = self.links[service].url.rpartition(":")[2].partition("/")[0]
        through = rabbitmq.service_url(self.state, service, services.VHOST).replace(
            f":{self.state.ports.amqp}/", f":{amqp_port}/"
        )
        return {
            f"MALHA_{service.upper()}_AMQP_URL": through,
            "MALHA_DATABASE_URL": self.links["database"].url,
        }

    async def second_registry(self) -> str:
        """Start another registry process; returns its name as a program."""
        program = self._programs["registry"]
        port = self.state.ports.url  # the gateway's, which does not run here
        self.supervisor.keep(
            replace(
                program,
                name="registry2",
                environment={**program.environment, "MALHA_LISTEN_PORT": str(port)},
                log=self.layout.log("registry2"),
            )
        )
        await eventually(lambda: services.ready(services.origin(port)), "the second registry is ready")
        return "registry2"

    async def end(self) -> None:
        """Stop everything."""
        await self.supervisor.close()
        for link in self.links.values():
            await link.close()

    def kill(self, program: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send *number* to *program*'s process, which the supervisor then starts again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.supervisor.pids[program], number)

    async def stop(self, *programs: str) -> None:
        """Stop *programs* in order, for good."""
        await self.supervisor.stop(*programs)

    async def stop_at_once(self, program: str) -> None:
        """Kill *program*, and keep it from being started again."""
        pid = self.supervisor.pids[program]
        stopping = asyncio.create_task(self.supervisor.stop(program))
        os.kill(pid, signal.SIGKILL)
        await stopping

    def start(self, service: str) -> None:
        """Start *service* again after it was stopped."""
        self.supervisor.keep(self._programs[service])

    async def has_new(self, program: str, before: int) -> bool:
        """Whether *program* runs in another process than *before*."""
        return self.supervisor.pids.get(program, before) != before

    async def get(self, service: str, path: str) -> tuple[int, object]:
        """Status and body of a GET as the coordination."""
        headers = {"Authorization": f"Bearer {self.coordination_key}"}
        timeout = aiohttp.ClientTimeout(total=60)
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout) as http,
            http.get(self.url(service) + path) as answer,
        ):
            return answer.status, await answer.json()

    async def start_postgres(self) -> None:
        """Start PostgreSQL again after it was stopped."""
        self.supervisor.keep(postgres.program(self.layout, self.state, durable=True))

    async def all_ready(self, within_seconds: float = 90) -> None:
        """Return once every process says that it is ready."""
        for url in (url for name in services.NAMES for url in self.urls(name)):
            await eventually(
                lambda url=url: services.ready(url),  # type: ignore[misc]
                f"{url} is ready",
                within_seconds,
            )

    async def is_ready(self, service: str) -> bool:
        """What *service* says of itself now."""
        return await services.ready(self.url(service))

    async def sql(self, statement: str, *arguments: object) -> object:
        """One value from the database, as administrator."""
        connection = await asyncpg.connect(self.database_url, timeout=30, command_timeout=60)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()

    async def depth(self, queue: str) -> int:
        """How many messages wait in *queue*."""
        connection = await aio_pika.connect(rabbitmq.amqp_url(self.state, services.VHOST), timeout=60)
        async with connection:
            channel = await connection.channel()
            found = await channel.declare_queue(queue, passive=True, timeout=60)
            return found.declaration_result.message_count or 0

    async def rabbitmqctl(self, *arguments: str) -> None:
        """Run RabbitMQ's own tool against the private node."""
        _, node = rabbitmq.programs(self.layout, self.state)
        process = await asyncio.create_subprocess_exec(
            node.command[0].replace("rabbitmq-server", "rabbitmqctl"),
            *arguments,
            env=rabbitmq.environment(self.layout, self.state),
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(60):
            assert await process.wait() == 0, arguments


async def eventually(
    question: Callable[[], Awaitable[bool]],
    promise: str,
    within_seconds: float = 90,
    *,
    every_seconds: float = 0.1,
) -> None:
    """Ask until the answer is yes; AssertionError with *promise* if it never is."""
    deadline = time.monotonic() + within_seconds
    while not await question():
        assert time.monotonic() < deadline, f"never true: {promise}"
        await asyncio.sleep(every_seconds)


@contextlib.asynccontextmanager
async def world(home: Path, kind: type[Kind]) -> AsyncIterator[Kind]:
    """A world of this *kind* in *home*, for the block."""
    layout = Layout(home)
    layout.prepare()
    told = log_to(layout.log("supervisor"))
    supervisor = Supervisor()
    malha = kind(layout, layout.state(), supervisor)
    try:
        await malha.begin()
        yield malha
    finally:
        await malha.end()
        structlog.reset_defaults()
        told.close()
        for own in malha.layouts():
            own.forget()


@contextlib.asynccontextmanager
async def traffic(
    malha: World, run: str, *, workers: int = 8, batch: int = 1, per_second: float = 150
) -> AsyncIterator[Load]:
    """Senders and readers of everything, for the block; afterwards every promise is judged.

    A fault belongs into the block. What was answered with a 202 must then be registered once, the chains
    verify, nothing be dead, and a reader at each notifier have seen each position, and each 202, once.
    """
    head = int(str(await malha.sql("SELECT position FROM head")))
    readers = [Reader(url, malha.coordination_key, after=head) for url in malha.urls("notifier")]
    load = Load(malha.urls("ingest"), malha.keys, run, batch=batch, per_second=per_second)
    reading = [asyncio.create_task(reader.run()) for reader in readers]
    sending = asyncio.create_task(load.send(workers))
    try:
        await eventually(lambda: _some(load), "the first notices are accepted")
        yield load
        load.stopped.set()
        async with asyncio.timeout(120):
            await sending
        await malha.all_ready()
        await eventually(lambda: registered(malha, load), "every 202 is registered", 120)
        await eventually(lambda: _drained(malha), "the queues are empty", 120)
        head = int(str(await malha.sql("SELECT position FROM head")))
        faults = await check(malha.database_url, load.accepted)
        for reader in readers:
            await reader.reaches(head, 90)
            faults += [*reader.faults, *faults_of_reading(reader.items, load.accepted)]
            faults += [f"reset: {reset}" for reset in reader.resets]
        faults += [f"refused: {refusal}" for refusal in load.refused]
        assert not faults, faults[:20]
        assert await malha.depth("registry.dead") == 0
    finally:
        for task in (sending, *reading):
            task.cancel()
        await asyncio.gather(sending, *reading, return_exceptions=True)


async def _some(load: Load) -> bool:
    return len(load.accepted) > 20


async def registered(malha: World, load: Load) -> bool:
    """Whether all that is accepted so far stands in the ledger."""
    accepted = list(load.accepted)
    statement = "SELECT count(*) FROM entry WHERE protocol = ANY($1::text[])"
    return await malha.sql(statement, accepted) == len(accepted)


async def _drained(malha: World) -> bool:
    return not any(
        [await malha.depth(name) for name in ("registry.live", "registry.backfill", "registry.retry")]
    )
