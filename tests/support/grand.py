"""A Malha as a state would run it: three brokers, two databases, each service more than once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import replace
from typing import Final

import aio_pika

from deploy.local import progress, services
from deploy.local.layout import Layout
from tests.support.cluster import NODES, Cluster
from tests.support.pair import Pair
from tests.support.world import World, eventually

REPLICAS: Final = {"ingest": ("ingest", "ingest2"), "registry": ("registry", "registry2"),
                   "notifier": ("notifier", "notifier2", "notifier3")}  # fmt: skip


class GrandWorld(World):
    """The same, many times over. Its lines lead straight to the servers, which are broken themselves."""

    cluster: Cluster
    pair: Pair

    def __init__(self, layout: Layout, *rest: object) -> None:
        super().__init__(layout, *rest)  # type: ignore[arg-type] # handed on as they come
        self._origins: dict[str, str] = {}

    def layouts(self) -> list[Layout]:
        """Whose data is forgotten at the end."""
        return [self.layout, *(Layout(self.layout.home, name) for name in (*NODES[1:], "second"))]

    @property
    def database_url(self) -> str:
        """The primary's address."""
        return self.pair.url

    def urls(self, service: str) -> list[str]:
        """The origins of all processes of *service*."""
        return [self._origins[name] for name in REPLICAS[service]]

    async def begin(self) -> None:
        """Start everything, and wait until it is ready."""
        await super().begin()
        await eventually(self.cluster.is_whole, "every queue is held by all nodes")

    async def end(self) -> None:
        """Kill everything: nothing of it is needed again."""
        for pid in self.supervisor.pids.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        await super().end()

    async def start_servers(self, report: progress.Report) -> None:
        """Three nodes, and a primary with a synchronous standby."""
        self.cluster = Cluster(self.layout, self.state, self.supervisor)
        self.pair = await asyncio.to_thread(Pair, self.layout, self.state, self.supervisor)
        await self.pair.begin()
        report("The nodes are starting")
        await self.cluster.begin()
        await self.pair.add_standby()

    async def lay_lines(self) -> None:
        """Nothing stands between services and servers; each service gets its other processes."""
        given = {program.name: program for program in services.programs(self.layout, self.state, split=True)}
        for service, names in REPLICAS.items():
            self._origins[service] = self.url(service)
            for name in names[1:]:
                own = Layout(self.layout.home, name)
                own.prepare()
                port = own.state().ports.url
                self._origins[name] = services.origin(port)
                program = given[service]
                self.add(
                    service,
                    replace(
                        program,
                        name=name,
                        environment={**program.environment, "MALHA_LISTEN_PORT": str(port)},
                        log=self.layout.log(name),
                    ),
                )

    def lines_of(self, service: str) -> dict[str, str]:
        """Any node, and whichever database may be written to."""
        return {
            f"MALHA_{service.upper()}_AMQP_URL": self.cluster.service_url(service),
            "MALHA_AMQP_MANAGEMENT_URL": self.cluster.management_url,
            "MALHA_DATABASE_URL": self.pair.both,
        }

    async def depth(self, queue: str) -> int:
        """How many messages wait in *queue*, as a node that answers says."""
        for name in NODES:
            try:
                async with asyncio.timeout(5):
                    connection = await aio_pika.connect(self.cluster.amqp_url_of(name))
                    async with connection:
                        channel = await connection.channel()
                        found = await channel.declare_queue(queue, passive=True)
                        return found.declaration_result.message_count or 0
            except (OSError, TimeoutError, aio_pika.exceptions.AMQPError):
                continue
        raise AssertionError("no node answers")

    async def rabbitmqctl(self, *arguments: str) -> None:
        """Run RabbitMQ's own tool against the first node."""
        await self.cluster.control(NODES[0], *arguments)

    async def whole_again(self) -> None:
        """What a test broke stands again: all nodes, a standby, all services."""
        await eventually(self.cluster.is_whole, "the nodes are whole again", 120)
        if self.pair.standby is None:
            await self.pair.add_standby()
        await self.all_ready()
