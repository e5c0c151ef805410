"""A RabbitMQ of three nodes on loopback, each of which a test kills, freezes and starts as it likes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import msgspec

from deploy.local import rabbitmq, services
from deploy.local.layout import LOOPBACK, Layout, State
from deploy.local.servers import wait_for
from deploy.local.supervisor import Program, Supervisor

NODES: Final = ("one", "two", "three")


class Cluster:
    """The nodes by name; `one` has the ports of *state*, the others ports of their own."""

    def __init__(self, layout: Layout, state: State, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._layouts = {NODES[0]: layout, **{name: Layout(layout.home, name) for name in NODES[1:]}}
        self._states = {NODES[0]: state}
        self._programs: dict[str, Program] = {}
        self._frozen: set[str] = set()

    async def begin(self) -> None:
        """Start the first node, then those that join it, and wait until they are one."""
        first = self._states[NODES[0]]
        for name in NODES[1:]:
            self._layouts[name].prepare()
            own = self._layouts[name].state()
            self._states[name] = State(
                msgspec.structs.replace(own.ports, epmd=first.ports.epmd), first.secrets
            )
        for name in NODES:
            epmd, node = rabbitmq.programs(
                self._layouts[name], self._states[name], _node(name), tuple(map(_node, NODES))
            )
            if name == NODES[0]:
                self._supervisor.keep(epmd)
            self._programs[name] = replace(node, name=name)
            self._supervisor.keep(self._programs[name])
            if name == NODES[0]:
                await wait_for(lambda: rabbitmq.answers(first), "the first node does not start")
        await wait_for(lambda: self.is_whole(NODES), "the nodes do not find each other")

    def service_url(self, user: str) -> str:
        """The broker for one of the topology's users: any node of it."""
        return self._through(rabbitmq.service_url(self._states[NODES[0]], user, services.VHOST), "amqp")

    @property
    def management_url(self) -> str:
        """The management API of any node, for a service that brings its own credentials."""
        ports = (self._states[name].ports.amqp_management for name in NODES)
        return "http://" + ",".join(f"{LOOPBACK}:{port}" for port in ports)

    def _through(self, url: str, port: str) -> str:
        ports = [getattr(self._states[name].ports, port) for name in NODES]
        hosts = ",".join(f"{LOOPBACK}:{number}" for number in ports)
        return url.replace(f"{LOOPBACK}:{ports[0]}", hosts)

    def amqp_url_of(self, name: str) -> str:
        """One node, as administrator."""
        return rabbitmq.amqp_url(self._states[name], services.VHOST)

    # ------------------------------------------------------------------------------------ what happens
    def kill(self, name: str) -> None:
        """End a node between any two instructions; the supervisor starts it again."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._supervisor.pids[name], signal.SIGKILL)

    async def lose(self, name: str) -> None:
        """The same, and it stays away until `come_back`."""
        pid = self._supervisor.pids[name]
        stopping = asyncio.create_task(self._supervisor.stop(name))
        await asyncio.sleep(0)  # from now on nobody starts it again
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        await stopping

    async def stop(self, name: str) -> None:
        """Ask a node to end, as for an upgrade."""
        await self._supervisor.stop(name)

    def come_back(self, name: str) -> None:
        """Start a node again."""
        self._supervisor.keep(self._programs[name])

    def freeze(self, name: str) -> None:
        """Let a node do nothing: its connections stay, and nothing is answered."""
        os.killpg(self._supervisor.pids[name], signal.SIGSTOP)
        self._frozen.add(name)

    def thaw(self, name: str) -> None:
        """Let it go on."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._supervisor.pids[name], signal.SIGCONT)
        self._frozen.discard(name)

    # -------------------------------------------------------------------------------------- what is so
    async def leader(self, queue: str) -> str:
        """The node that leads *queue*, as soon as one does."""
        found: list[str] = []

        async def is_led() -> bool:
            for name in NODES:
                asked = None if name in self._frozen else await self._ask(name, _queue(queue))
                if asked is not None and (
                    node := asked.get("leader", asked.get("node"))
                ):  # a stream's is `node`
                    found.append(node.partition("@")[0])
                    return True
            return False

        await wait_for(is_led, f"nobody leads {queue}")
        return found[0]

    async def is_whole(self, names: Iterable[str] = NODES) -> bool:
        """Whether *names* run, know each other, and hold every queue's newest."""
        wanted = {_node(name) for name in names}
        for name in names:
            nodes = await self._ask(name, "nodes")
            if nodes is None or {node["name"] for node in nodes if node["running"]} != wanted:
                return False
        queues = await self._ask(NODES[0], "queues")
        return queues is not None and all(
            wanted <= set(queue.get("online", ())) for queue in queues if queue["type"] != "classic"
        )

    async def _ask(self, name: str, path: str) -> Any:
        url = rabbitmq.management_url(self._states[name])
        user, _, address = url.removeprefix("http://").partition("@")
        headers = {"Authorization": aiohttp.encode_basic_auth(*user.split(":"))}
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=3)) as http,
                http.get(f"http://{address}/api/{path}") as answer,
            ):
                return await answer.json() if answer.ok else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def control(self, name: str, *arguments: str) -> None:
        """Run RabbitMQ's own tool against a node."""
        process = await asyncio.create_subprocess_exec(
            self._programs[name].command[0].replace("rabbitmq-server", "rabbitmqctl"),
            *arguments,
            env=rabbitmq.environment(self._layouts[name], self._states[name], _node(name)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(120):
            assert await process.wait() == 0, arguments


def _node(name: str) -> str:
    return f"{name}@{LOOPBACK}"


def _queue(name: str) -> str:
    return f"queues/{quote(services.VHOST, safe='')}/{quote(name, safe='')}"
