"""A whole stack: servers, what they need first, services; and the file that says where all of it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from deploy.local import bootstrap, gateway, prometheus, servers, services
from deploy.local.layout import CannotRunError, Layout, State, write_private
from deploy.local.progress import Report
from deploy.local.supervisor import Supervisor, log_to, started_at

LEFTOVERS_SECONDS = 30


class Shape(msgspec.Struct, frozen=True):
    """How a stack is made: three services and a gateway, or one process; with Prometheus or without."""

    split: bool = False
    monitoring: bool = False


class Description(msgspec.Struct):
    """`.local/stack.json`. A pid is null for a server that is not ours."""

    url: str
    ingest_url: str
    registry_url: str
    notifier_url: str
    database_url: str
    amqp_url: str
    amqp_management_url: str | None
    api_keys: dict[str, str]
    office_key: str
    coordination_key: str
    office_login_url: str
    pids: dict[str, int | None]
    prometheus_url: str | msgspec.UnsetType = msgspec.UNSET

    def of(self, service: str) -> str:
        """The own origin of *service*."""
        return str(getattr(self, f"{service}_url"))


@contextlib.asynccontextmanager
async def running(layout: Layout, report: Report, shape: Shape) -> AsyncIterator[Description]:
    """A stack that is up and supervised for as long as the context lasts."""
    layout.prepare()
    await end_leftovers(layout)
    state = layout.state()
    description: Description | None = None

    def note_pids() -> None:
        _write_leftovers(layout, supervisor.pids)
        if description is not None:
            description.pids = _pids(supervisor.pids)
            write_private(layout.stack_file, msgspec.json.format(msgspec.json.encode(description)))

    log_to(layout.log("supervisor"))
    supervisor = Supervisor(note_pids)
    try:
        if not services.given_servers():
            await servers.start(supervisor, layout, state, report)
        await bootstrap.apply_topology(state, report)
        await bootstrap.migrate(state, report)
        token = await bootstrap.issue_keys(layout, state, report)
        report("The services are starting")
        for program in services.programs(layout, state, split=shape.split):
            supervisor.keep(program)
        if shape.split:
            supervisor.keep(gateway.program(layout, state))
        if shape.monitoring:
            supervisor.keep(prometheus.program(layout, state, split=shape.split))
        described = _describe(state, token, shape)
        for url in dict.fromkeys((*map(described.of, services.NAMES), described.url)):
            await _wait_until_ready(url, layout, report)
        if shape.monitoring:
            report("Prometheus is starting")
            await servers.wait_for(
                lambda: prometheus.answers(state),
                f"Prometheus does not start: see {layout.log('prometheus')}",
            )
        description = described
        note_pids()
        yield description
    finally:
        report("The stack is being stopped")
        await supervisor.close()
        layout.stack_file.unlink(missing_ok=True)
        _leftovers_file(layout).unlink(missing_ok=True)


async def _wait_until_ready(url: str, layout: Layout, report: Report) -> None:
    deadline = time.monotonic() + servers.DEADLINE_SECONDS
    while (missing := await services.missing(url)) is not None:
        report(f"The services are starting ({missing})")
        if time.monotonic() > deadline:
            raise CannotRunError(f"Not ready: {missing}; the logs are in {layout.log('').parent}")
        await asyncio.sleep(servers.PAUSE_SECONDS)


async def end_leftovers(layout: Layout) -> None:
    """End what a supervisor that was killed has left; the kernel has told its programs to stop by then."""
    file = _leftovers_file(layout)
    if not file.exists():
        return
    left: dict[int, str] = msgspec.json.decode(file.read_bytes(), type=dict[int, str])
    deadline = time.monotonic() + LEFTOVERS_SECONDS
    while left := {pid: start for pid, start in left.items() if started_at(pid) == start}:
        if time.monotonic() > deadline:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
    file.unlink()


def _describe(state: State, token: str, shape: Shape) -> Description:
    url = services.origin(state.ports.url)
    own = {
        name: services.origin(getattr(state.ports, name)) if shape.split else url for name in services.NAMES
    }
    keys = state.secrets.api_keys
    return Description(
        url=url,
        ingest_url=own["ingest"],
        registry_url=own["registry"],
        notifier_url=own["notifier"],
        database_url=bootstrap.database_url_of(state),
        amqp_url=bootstrap.amqp_url_of(state),
        amqp_management_url=bootstrap.management_url_of(state),
        api_keys={member: keys[member] for member in bootstrap.MEMBERS},
        office_key=keys["office"],
        coordination_key=keys["coordination"],
        office_login_url=f"{url}/entrar/{token}",
        pids={},
        prometheus_url=services.origin(state.ports.prometheus) if shape.monitoring else msgspec.UNSET,
    )


def _pids(pids: dict[str, int]) -> dict[str, int | None]:
    return {
        **{name: pids.get(name, pids.get("services")) for name in services.NAMES},
        "postgres": pids.get("postgres"),
        "rabbitmq": pids.get("rabbitmq"),
        **({"prometheus": pids["prometheus"]} if "prometheus" in pids else {}),
    }


def _leftovers_file(layout: Layout) -> Path:
    return layout.own / "processes.json"


def _write_leftovers(layout: Layout, pids: dict[str, int]) -> None:
    """Each process with its time of start: a pid alone may be somebody else's by then."""
    write_private(
        _leftovers_file(layout), msgspec.json.encode({pid: started_at(pid) for pid in pids.values()})
    )


def read(layout: Layout) -> Description:
    """The running stack's description."""
    try:
        return msgspec.json.decode(layout.stack_file.read_bytes(), type=Description)
    except (OSError, msgspec.DecodeError):
        raise CannotRunError("No stack is up: make up") from None
