"""Half a million notices wait for a registry that was away: what is new passes them, in flat memory."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.support.checker import check, faults_of_reading
from tests.support.load import Load
from tests.support.reader import Reader
from tests.support.world import World, eventually, registered, world

BACKLOG = int(os.environ.get("BACKLOG") or 500_000)
BATCH = 500
"""Two a second are what a key may send."""
PROBES = min(100, BACKLOG // 5_000)
MORE_MIB = 64
"""What a service may hold more in the second half of the drain than in the first."""


@pytest_asyncio.fixture(loop_scope="session")
async def malha(tmp_path: Path) -> AsyncIterator[World]:
    """A world of its own: what it holds is counted."""
    tmp_path.parent.parent.chmod(0o755)
    async with world(tmp_path, World) as found:
        yield found


@pytest.mark.asyncio(loop_scope="session")
async def test_a_great_backlog_is_drained_while_what_is_new_passes_it(malha: World) -> None:
    """No 202 of half a million is lost; a sender who waits for an answer has it while they are worked off."""
    await malha.stop("registry")
    backlog = Load(malha.url("ingest"), malha.keys, "backlog", batch=BATCH, per_second=1000)
    await backlog.send(4, total=BACKLOG)
    assert len(backlog.accepted) == BACKLOG

    reader = Reader(malha.url("notifier"), malha.coordination_key, fields=("protocol",))
    reading = asyncio.create_task(reader.run())
    began = time.monotonic()
    malha.start("registry")
    await malha.all_ready()
    memory = _Memory(malha)
    watching = asyncio.create_task(memory.watch())
    try:
        probe = Load(malha.url("ingest"), malha.keys, "new")
        numbers = itertools.count(1)
        await eventually(lambda: _passes(malha, probe, next(numbers)), "new notices pass the backlog", 120)
        for _ in range(PROBES):
            assert await _passes(malha, probe, next(numbers)), "a new notice waited behind the backlog"
        assert await malha.depth("registry.backfill") > 0, "the backlog was gone too early"
        await eventually(lambda: _is_drained(malha), "the backlog is drained", 1500, every_seconds=1)
        backlog.accepted |= probe.accepted
        # A queue does not count what a consumer still holds.
        await eventually(lambda: registered(malha, backlog), "all of it is registered", every_seconds=1)
    finally:
        watching.cancel()
    growth = memory.growth()
    drained = time.monotonic() - began
    print(f"{BACKLOG} drained in {drained:.0f} s, {BACKLOG / drained:.0f}/s; grown by MiB: {growth}")  # noqa: T201 - make fault -s shows it
    assert max(growth.values()) < MORE_MIB, growth
    await reader.reaches(int(str(await malha.sql("SELECT position FROM head"))), 120)
    reading.cancel()
    faults = [*reader.faults, *map(str, reader.resets), *faults_of_reading(reader.items, backlog.accepted)]
    faults += await check(malha.database_url, backlog.accepted)
    assert not faults, faults[:20]
    assert await malha.depth("registry.dead") == 0


async def _passes(malha: World, probe: Load, number: int) -> bool:
    """Whether a new notice is registered while its sender waits for it; it is accepted in any case."""
    member = next(iter(malha.keys))
    event = probe.event(member, number)
    headers = {
        "Authorization": f"Bearer {malha.keys[member]}",
        "Content-Type": "application/cloudevents+json",
        "Prefer": "wait=20",
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{malha.url('ingest')}/v1/notices", json=event, headers=headers) as answer,
    ):
        receipt = await answer.json()
        assert answer.status in {201, 202}, receipt
        probe.accepted[receipt["protocol"]] = (member, event["source"], event["id"])
        return answer.status == 201


async def _is_drained(malha: World) -> bool:
    return not any([await malha.depth(queue) for queue in ("registry.live", "registry.backfill")])


class _Memory:
    """How much the services hold, second by second."""

    def __init__(self, malha: World) -> None:
        self._malha = malha
        self._samples: dict[str, list[float]] = {"registry": [], "notifier": []}

    async def watch(self) -> None:
        """Look on until cancelled."""
        while True:
            for name, samples in self._samples.items():
                samples.append(self._mib_of(name))
            await asyncio.sleep(1)

    def _mib_of(self, name: str) -> float:
        status = Path(f"/proc/{self._malha.supervisor.pids[name]}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024

    def growth(self) -> dict[str, float]:
        """By how many MiB each held more in the second half than in the first."""
        grown = {}
        for name, samples in self._samples.items():
            half = len(samples) // 2
            grown[name] = max(samples[half:]) - max(samples[:half])
        return grown
