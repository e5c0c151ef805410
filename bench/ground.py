"""Where the measurements stand: durable private servers, topology, keys, services started one by one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from deploy.local import bootstrap, postgres, progress, rabbitmq, servers, services
from deploy.local.layout import CHECKOUT, LOOPBACK, Layout, State
from deploy.local.supervisor import Program, Supervisor, log_to

console = Console(width=110)
PEERS_PYTHON = os.environ.get("BENCH_PYTHON", str(CHECKOUT / ".venv-bench" / "bin" / "python"))
UNLIMITED = {"MALHA_REQUESTS_PER_SECOND": "1000000", "MALHA_EVENTS_PER_SECOND": "10000000"}


class Ground:
    """Servers that are up, and services that are not, until they are started."""

    def __init__(self, layout: Layout, state: State) -> None:
        self.layout = layout
        self.state = state
        self.supervisor = Supervisor()
        self.vhost = services.VHOST

    @property
    def database_url(self) -> str:
        """The registry's database."""
        return postgres.url(self.state, services.DATABASE)

    @property
    def amqp_url(self) -> str:
        """The virtual host, as administrator."""
        return rabbitmq.amqp_url(self.state, self.vhost)

    @property
    def key(self) -> str:
        """The API key of Belo Horizonte on this ground."""
        return self.state.secrets.api_keys["3106200"]

    @property
    def coordination_key(self) -> str:
        """The coordination's API key on this ground."""
        return self.state.secrets.api_keys["coordination"]

    def url(self, service: str) -> str:
        """The origin of *service*."""
        return services.origin(getattr(self.state.ports, service))

    async def start(self, service: str, **settings: str) -> int:
        """Start *service* and wait until it is ready; returns its pid."""
        programs = {p.name: p for p in services.programs(self.layout, self.state, split=True)}
        program = programs[service]
        program = replace(program, environment={**program.environment, **UNLIMITED, **settings})
        self.supervisor.keep(program)
        await servers.wait_for(lambda: services.ready(self.url(service)), f"{service} does not become ready")
        return self.supervisor.pids[service]

    def keep(self, name: str, *command: str, **environment: str) -> None:
        """Run a peer's *command*."""
        self.supervisor.keep(
            Program(
                name=name,
                command=command,
                environment=os.environ | environment,
                directory=CHECKOUT,
                log=self.layout.log(name),
            )
        )

    async def stop(self, *names: str) -> None:
        """Stop services or peers."""
        await self.supervisor.stop(*names)

    async def value(self, statement: str, *arguments: object) -> object:
        """One value from the registry's database."""
        connection = await asyncpg.connect(self.database_url, timeout=10)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()

    async def purge(self, *queues: str) -> None:
        """Empty *queues*."""
        import aio_pika  # noqa: PLC0415 some measurements do without a broker

        connection = await aio_pika.connect(self.amqp_url)
        channel = await connection.channel()
        for name in queues:
            queue = await channel.get_queue(name)
            await queue.purge()
        await connection.close()


@contextlib.asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """A ground of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="malha-bench-") as folder:
        Path(folder).chmod(0o755)  # noqa: ASYNC240 once, before anything runs
        layout = Layout(Path(folder))
        layout.prepare()
        log_to(layout.log("supervisor"))
        here = Ground(layout, layout.state())
        try:
            with progress.shown() as report:
                await servers.start(here.supervisor, layout, here.state, report)
                await bootstrap.apply_topology(here.state, report)
                await bootstrap.migrate(here.state, report)
                await bootstrap.issue_keys(layout, here.state, report)
            yield here
        finally:
            await here.supervisor.close()
            layout.forget()


async def answers(port: int, within_seconds: float = 30) -> None:
    """Return once something listens at *port*."""
    async with asyncio.timeout(within_seconds):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
                return
            await asyncio.sleep(0.1)


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], hundredth: float) -> float:
    """The value that *hundredth* percent stay below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * hundredth / 100))]


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that can be pasted into bench/README.md."""
    table = Table(title=f"{title} ({date.today().isoformat()})")  # noqa: DTZ011 the day on the wall
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)
