"""PostgreSQL and RabbitMQ together: started, waited for, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec

from deploy.local import postgres, progress, rabbitmq
from deploy.local.layout import CHECKOUT, CannotRunError, Layout, State
from deploy.local.progress import Report
from deploy.local.supervisor import Supervisor, log_to

DEADLINE_SECONDS = 120
PAUSE_SECONDS = 0.2


class Addresses(msgspec.Struct, frozen=True):
    """Where both servers are, with administrators' credentials; the AMQP one without a virtual host."""

    database_url: str
    amqp_url: str
    management_url: str


async def start(
    supervisor: Supervisor, layout: Layout, state: State, report: Report, *, durable: bool = True
) -> None:
    """Start both servers under *supervisor* and wait until they answer."""
    epmd, node = rabbitmq.programs(layout, state)
    supervisor.keep(epmd)
    supervisor.keep(node)
    supervisor.keep(await asyncio.to_thread(postgres.program, layout, state, durable=durable))
    report("PostgreSQL is starting")
    await wait_for(
        lambda: postgres.answers(state), f"PostgreSQL does not start: see {layout.log('postgres')}"
    )
    report("RabbitMQ is starting")
    await wait_for(lambda: rabbitmq.answers(state), f"RabbitMQ does not start: see {layout.log('rabbitmq')}")


async def wait_for(question: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    """Ask until the answer is yes; *otherwise* is the complaint after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not await question():
        if time.monotonic() > deadline:
            raise CannotRunError(otherwise)
        await asyncio.sleep(PAUSE_SECONDS)


@contextlib.asynccontextmanager
async def private_servers(home: Path) -> AsyncIterator[Addresses]:
    """Servers for tests, in *home*, for as long as the context lasts."""
    layout = Layout(home, "servers")
    with layout.lock() as held:
        if not held:
            raise CannotRunError(f"Somebody else runs servers in {home}: wait for them to end")
        layout.prepare(passing=True)
        state = layout.state()
        log_to(layout.log("supervisor"))
        supervisor = Supervisor()
        try:
            with progress.shown() as report:
                await start(supervisor, layout, state, report, durable=False)
            yield Addresses(
                postgres.url(state, "postgres"), rabbitmq.amqp_url(state, ""), rabbitmq.management_url(state)
            )
        finally:
            await supervisor.close()
            layout.forget()


@contextlib.contextmanager
def temporary_servers() -> Iterator[Addresses]:
    """The same from code that has no event loop: a process of their own, which ends with ours."""
    home = Path(tempfile.mkdtemp(prefix="malha-servers-"))
    home.chmod(0o755)
    addresses = home / "addresses.json"
    program = [sys.executable, "-m", "deploy.local", "servers", "--home", str(home)]
    process = subprocess.Popen(program, cwd=CHECKOUT, stdin=subprocess.PIPE)
    try:
        while not addresses.exists():
            if process.poll() is not None:
                raise CannotRunError("The private servers did not start; what they said stands above")
            time.sleep(0.05)
        yield msgspec.json.decode(addresses.read_bytes(), type=Addresses)
    finally:
        process.communicate()  # closing its input ends it
        shutil.rmtree(home, ignore_errors=True)


def environment_of(addresses: Addresses) -> dict[str, str]:
    """What a test run needs to find the servers."""
    return os.environ | {
        "MALHA_TEST_DATABASE_URL": addresses.database_url,
        "MALHA_TEST_AMQP_URL": addresses.amqp_url,
        "MALHA_TEST_AMQP_MANAGEMENT_URL": addresses.management_url,
    }
