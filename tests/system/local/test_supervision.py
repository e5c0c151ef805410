"""`make up` and `make down`, on one private stack: three services behind the gateway, then all in one."""

import asyncio
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from deploy.local.layout import Layout, Ports, State
from deploy.local.stack import Description, read
from deploy.local.supervisor import started_at
from tests.integration.monitoring.metrics import named_in
from tests.integration.monitoring.rules import alerts
from tests.integration.monitoring.test_dashboard import queries as panel_queries

CHECKOUT = Path(__file__).parents[3]
SERVICES = ("ingest", "registry", "notifier")
WATCHED = ("--split", "--monitoring")
READY_SECONDS = 120


LISTENING = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
"""127.0.0.1 and ::1, as /proc/net writes them."""


class LocalStack:
    """What an operator does, by the same commands as the Makefile."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.layout = Layout(home)

    def run(self, command: str, *options: str) -> str:
        """Run a command to its end; what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.local", command, "--home", str(self.home), *options],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr

    def up(self, *options: str) -> Description:
        """The stack, up."""
        self.run("up", *options)
        return read(self.layout)

    def processes(self) -> dict[int, str]:
        """Every process that has to do with this stack, by what it was told at its start."""
        marks = {str(self.home)}
        if (self.layout.own / "state.json").exists():
            marks.add(f"MALHA_PUBLIC_URL=http://127.0.0.1:{self.ports().url}")
        return {pid: told for pid, told in _processes() if any(mark in told for mark in marks)}

    def ports(self) -> Ports:
        """The stack's ports."""
        return msgspec.json.decode((self.layout.own / "state.json").read_bytes(), type=State).ports


def _processes() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        with contextlib.suppress(OSError):
            told = (folder / "cmdline").read_bytes() + b" " + (folder / "environ").read_bytes()
            if pid != os.getpid() and started_at(pid) is not None:
                yield pid, told.replace(b"\0", b" ").decode(errors="replace")


def _files(pid: int) -> Iterator[str]:
    """What *pid* has open; a file, and a process, may be gone by the time that it is looked at."""
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(link.readlink())


@pytest.fixture(scope="module")
def local() -> Iterator[LocalStack]:
    """A home of its own, clean afterwards."""
    home = Path("/var/tmp") / f"malha-supervision-{os.getpid()}"  # noqa: S108 - servers' users must get there
    home.mkdir(mode=0o755)
    found = LocalStack(home)
    yield found
    found.run("clean")
    assert found.processes() == {}
    assert not home.exists()


@pytest.fixture
def split(local: LocalStack) -> Description:
    """The stack up as three services behind the gateway, watched; a stack that is up so stays as it is."""
    if local.layout.stack_file.exists() and read(local.layout).url == read(local.layout).ingest_url:
        local.run("down")
    return local.up(*WATCHED)


async def answers(url: str, seconds: float = READY_SECONDS) -> None:
    """Wait until *url* says 200."""
    deadline = time.monotonic() + seconds
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(url) as answer:
                    if answer.ok:
                        return
            assert time.monotonic() < deadline, f"{url} is not ready"
            await asyncio.sleep(0.1)


def command_of(pid: int | None) -> str:
    """The program that *pid* runs."""
    assert pid is not None
    return Path(f"/proc/{pid}/comm").read_text().strip()


async def test_the_file_says_where_everything_is(local: LocalStack, split: Description) -> None:
    """Whoever holds stack.json needs nothing else; nobody but its owner may read it."""
    assert stat.S_IMODE(local.layout.stack_file.stat().st_mode) == 0o600
    assert set(msgspec.json.decode(local.layout.stack_file.read_bytes())) == {
        *("url", "ingest_url", "registry_url", "notifier_url", "database_url", "amqp_url"),
        *("amqp_management_url", "api_keys", "office_key", "coordination_key", "office_login_url", "pids"),
        "prometheus_url",
    }
    assert set(split.api_keys) == {"3106200", "3170206", "3136702"}
    assert len({split.url, split.ingest_url, split.registry_url, split.notifier_url}) == 4
    assert set(split.pids) == {*SERVICES, "postgres", "rabbitmq", "prometheus"}
    assert len(set(split.pids.values())) == 6
    assert command_of(split.pids["postgres"]) == "postgres"
    assert command_of(split.pids["rabbitmq"]) == "beam.smp"
    for url in (split.url, split.ingest_url, split.registry_url, split.notifier_url):
        await answers(f"{url}/healthz/ready")


async def test_the_gateway_and_the_keys_work(split: Description) -> None:
    """The keys in the file open the doors that they should, through the one origin."""
    keys = {**split.api_keys, "office": split.office_key, "coordination": split.coordination_key}
    async with aiohttp.ClientSession() as http:
        for label, key in keys.items():
            headers = {"Authorization": f"Bearer {key}"}
            async with http.get(f"{split.url}/v1/me", headers=headers) as answer:
                me = await answer.json()
            assert answer.status == 200, me
            assert me["role"] == ("member" if label.isdigit() else label)
            assert me["environment"] == "test"
        async with http.get(split.office_login_url, allow_redirects=False) as answer:
            assert answer.status in {200, 302, 303}


def test_everything_listens_on_loopback_only(local: LocalStack, split: Description) -> None:
    """Distribution, epmd and metrics too: nothing of a laptop's stack is offered to its network."""
    assert split.pids
    ours = local.processes()
    inodes = {file for pid in ours for file in _files(pid)}
    addresses: dict[int, set[str]] = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].rpartition(":")
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in inodes:
                addresses.setdefault(int(port, 16), set()).add(address)
    assert set(addresses) == {getattr(local.ports(), name) for name in Ports.__struct_fields__}
    assert set().union(*addresses.values()) <= LOOPBACK


async def test_prometheus_watches_all_of_it(split: Description) -> None:
    """Services, node and queues answer; what alerts and panels ask for is there; a quiet stack fires none."""
    async with aiohttp.ClientSession(f"{split.prometheus_url}/api/v1/") as http:

        async def ask(path: str, **query: str) -> Any:
            async with http.get(path, params=query) as answer:
                body = await answer.json()
            assert answer.status == 200, body
            return body["data"]

        deadline = time.monotonic() + READY_SECONDS
        while True:
            targets = (await ask("targets"))["activeTargets"]
            if len(targets) == len(SERVICES) + 3 and all(target["health"] == "up" for target in targets):
                break
            assert time.monotonic() < deadline, targets
            await asyncio.sleep(0.1)
        assert {target["labels"].get("service") for target in targets} == {*SERVICES, None}
        queries = [*(alert.expr for alert in alerts()), *panel_queries()]
        asked = {name for query in queries for name in named_in(query)}
        of_others = {name for name in asked if not name.startswith("malha_")}
        while lacking := of_others - set(await ask("label/__name__/values")):
            assert time.monotonic() < deadline, lacking
            await asyncio.sleep(0.1)

        async def true() -> set[str]:
            return {alert.alert for alert in alerts() if (await ask("query", query=alert.expr))["result"]}

        # The first canary comes after a minute; what starting up looks like may be true for a moment.
        while loud := await true() - {"MalhaStreamSilent"}:
            assert time.monotonic() < deadline, loud
            await asyncio.sleep(1)


@pytest.mark.parametrize("name", [*SERVICES, "postgres", "rabbitmq", "prometheus"])
async def test_whatever_is_killed_comes_back(local: LocalStack, split: Description, name: str) -> None:
    """Begun again at the same place; the file tells the new pid and never an old one as new."""
    before = split.pids[name]
    assert before is not None
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + READY_SECONDS
    while (after := read(local.layout).pids[name]) == before:
        assert time.monotonic() < deadline, f"{name} was not started again"
        await asyncio.sleep(0.02)
    assert after is not None
    for url in (split.ingest_url, split.registry_url, split.notifier_url, split.url):
        await answers(f"{url}/healthz/ready")
    now = read(local.layout)
    assert started_at(now.pids[name] or 0) is not None
    assert msgspec.structs.replace(now, pids={}) == msgspec.structs.replace(split, pids={})


async def test_a_service_that_ends_by_itself_comes_back(local: LocalStack, split: Description) -> None:
    """A clean exit is no reason to stay down."""
    before = split.pids["notifier"]
    assert before is not None
    os.kill(before, signal.SIGTERM)
    deadline = time.monotonic() + READY_SECONDS
    while read(local.layout).pids["notifier"] == before:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await answers(f"{split.notifier_url}/healthz/ready")


def test_a_second_up_changes_nothing(local: LocalStack, split: Description) -> None:
    """Whoever is in doubt may ask again."""
    before = local.layout.stack_file.read_bytes()
    assert "already" in local.run("up", "--split")
    assert local.layout.stack_file.read_bytes() == before
    assert all(started_at(pid or 0) is not None for pid in split.pids.values())


async def test_a_killed_supervisor_leaves_nothing_in_the_way(local: LocalStack, split: Description) -> None:
    """Its programs end with it; the next `up` finds data, ports and keys as they were."""
    holder = local.layout.holder()
    assert holder is not None
    os.kill(holder, signal.SIGKILL)
    again = local.up(*WATCHED)
    assert not set(again.pids.values()) & set(split.pids.values())
    assert (again.url, again.api_keys) == (split.url, split.api_keys)
    await answers(f"{again.url}/healthz/ready")


async def test_down_leaves_no_process_and_up_finds_everything_again(local: LocalStack) -> None:
    """In one process this time: one port, one pid; the data and the keys stay."""
    first = local.up(*(WATCHED if local.layout.holder() else []))
    local.run("down")
    assert local.processes() == {}
    assert not local.layout.stack_file.exists()
    for url in (first.url, first.amqp_management_url or ""):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0

    again = local.up()
    assert (again.url, again.api_keys) == (first.url, first.api_keys)
    assert again.prometheus_url is msgspec.UNSET
    assert {again.ingest_url, again.registry_url, again.notifier_url} == {again.url}
    assert len({again.pids[name] for name in SERVICES}) == 1
    async with aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bearer {again.api_keys['3106200']}"}
        async with http.get(f"{again.url}/v1/me", headers=headers) as answer:
            assert answer.status == 200
    local.run("down")
