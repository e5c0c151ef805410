"""Two PostgreSQL servers: one is written to, the other confirms every commit, until it is promoted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import asyncpg

from deploy.local import postgres, services
from deploy.local.layout import LOOPBACK, Layout, State
from deploy.local.servers import wait_for
from deploy.local.supervisor import Program, Supervisor

SYNCHRONOUS: Final = "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'"


@dataclass
class Server:
    """One of the two, and what it is started by."""

    name: str
    layout: Layout
    state: State
    program: Program


class Pair:
    """`first` has the ports of *state*; which of the two is the primary changes with each promotion."""

    def __init__(self, layout: Layout, state: State, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._home = layout.home
        self.primary = Server("first", layout, state, postgres.program(layout, state, durable=True))
        self.standby: Server | None = None
        other = Layout(layout.home, "second")
        other.prepare()
        self._spare = (other, State(other.state().ports, state.secrets))
        self._ports = (state.ports.postgres, self._spare[1].ports.postgres)

    async def begin(self) -> None:
        """Start the primary; `add_standby` once there is something to copy, or before."""
        self._supervisor.keep(replace(self.primary.program, name=self.primary.name))
        await wait_for(lambda: postgres.answers(self.primary.state), "the primary does not start")

    async def add_standby(self) -> None:
        """Copy the primary, and have every commit wait for the copy from now on."""
        layout, state = self._spare
        program = await asyncio.to_thread(postgres.standby, layout, state, self.primary.state)
        name = "second" if self.primary.name == "first" else "first"
        self.standby = Server(name, layout, state, program)
        self._supervisor.keep(replace(program, name=name))
        await self.wait_for_standbys("*")
        await wait_for(self._is_synchronous, "the standby does not follow")

    @property
    def url(self) -> str:
        """The primary's address."""
        return postgres.url(self.primary.state, services.DATABASE)

    @property
    def both(self) -> str:
        """The address of whichever of the two may be written to."""
        one = postgres.url(self.primary.state, services.DATABASE)
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in self._ports)
        own = f"{LOOPBACK}:{self.primary.state.ports.postgres}"
        return f"{one.replace(own, hosts)}?target_session_attrs=read-write"

    async def wait_for_standbys(self, names: str) -> None:
        """Whose confirmation a commit waits for: `*`, or nobody's."""
        connection = await asyncpg.connect(postgres.url(self.primary.state, "postgres"), timeout=10)
        try:
            await connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            await connection.execute("SELECT pg_reload_conf()")
        finally:
            await connection.close()

    async def fail_over(self) -> None:
        """The primary is gone between any two instructions; the standby is promoted, and commits alone."""
        assert self.standby is not None
        await self.lose(self.primary.name)
        await self.promote()

    async def promote(self) -> None:
        """Make the standby the primary; what was the primary must be gone, or out of everybody's reach."""
        assert self.standby is not None
        old, self.primary, self.standby = self.primary, self.standby, None
        self._spare = (old.layout, old.state)
        connection = await asyncpg.connect(postgres.url(self.primary.state, "postgres"), timeout=10)
        try:
            assert await connection.fetchval("SELECT pg_promote()")
        finally:
            await connection.close()
        await self.wait_for_standbys("")

    async def lose(self, name: str) -> None:
        """Kill a server with all its processes, as a machine that ends; it stays away."""
        stopping = asyncio.create_task(self._supervisor.stop(name))
        self._signal(name, signal.SIGKILL)  # before the task runs, and after nobody starts it again
        await stopping

    def come_back(self, server: Server) -> None:
        """Start a server again as it was."""
        self._supervisor.keep(replace(server.program, name=server.name))

    def freeze(self, server: Server) -> None:
        """Let a server do nothing: its connections stay, and nothing is answered."""
        self._signal(server.name, signal.SIGSTOP)

    def thaw(self, server: Server) -> None:
        """Let it go on."""
        self._signal(server.name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        """Send *number* to the postmaster and all that it has forked: each leads a session of its own."""
        postmaster = self._supervisor.pids[name]
        forked = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, forked)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    async def _is_synchronous(self) -> bool:
        connection = await asyncpg.connect(postgres.url(self.primary.state, "postgres"), timeout=10)
        try:
            return bool(await connection.fetchval(SYNCHRONOUS))
        finally:
            await connection.close()
