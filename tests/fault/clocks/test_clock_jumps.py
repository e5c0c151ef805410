"""Promises 1 to 4 while clocks jump: the one of ingest, of the registry, of the notifier, each on its own."""

import email.utils
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from deploy.local.services import NAMES
from tests.support.world import World, eventually, traffic, world

JUMPS = (
    ("ingest", 3 * 3600),
    ("notifier", -26 * 3600),
    ("registry", -2 * 3600),
    ("registry", 26 * 3600),
    ("ingest", -400 * 86400),
    ("notifier", 400 * 86400),
)
NEAR_SECONDS = 60

REPEATED = """
SELECT count(*) FROM (
    SELECT FROM feed_item WHERE item::jsonb ->> 'type' ~ '^br.malha.(clock|ledger)'
    GROUP BY item::jsonb - '{id,position,protocol,registered_at,sequence,previous,digest}'::text[]
    HAVING count(*) > 1) AS found
"""


class SkewedWorld(World):
    """Services whose clocks a test sets; a clock that only counts goes on as ever."""

    def lines_of(self, service: str) -> dict[str, str]:
        """The same, and the clock in a file."""
        self.set(service, 0)
        [library] = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        return {
            **super().lines_of(service),
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file(service)),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, service: str, seconds: int) -> None:
        """Let the clock of *service* be so many seconds ahead."""
        self._file(service).write_text(f"{seconds:+d}\n")

    async def jump(self, service: str, seconds: int) -> None:
        """The same, and wait until the service itself goes by it."""
        self.set(service, seconds)
        await eventually(lambda: self._goes_by(service, seconds), f"the clock of {service} has jumped", 30)

    async def _goes_by(self, service: str, seconds: int) -> bool:
        async with (
            aiohttp.ClientSession() as http,
            http.get(self.url(service) + "/healthz/live") as answer,
        ):
            told = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
        return abs(told - time.time() - seconds) < NEAR_SECONDS

    def _file(self, service: str) -> Path:
        return self.layout.own / f"{service}.clock"


@pytest_asyncio.fixture(loop_scope="session")
async def malha(tmp_path: Path) -> AsyncIterator[SkewedWorld]:
    """A world whose clocks can be set."""
    tmp_path.parent.parent.chmod(0o755)
    async with world(tmp_path, SkewedWorld) as found:
        yield found


@pytest.mark.asyncio(loop_scope="session")
async def test_clocks_that_jump_lose_and_repeat_nothing(malha: SkewedWorld) -> None:
    """Forth, back, and by more than a year: what is told early stays told, and is not told again."""
    async with traffic(malha, "jumps", per_second=50) as load:
        for service, seconds in JUMPS:
            await malha.jump(service, seconds)
            accepted = len(load.accepted)
            await eventually(lambda wanted=accepted + 50: load.has(wanted), "it goes on")  # type: ignore[misc]
            await malha.all_ready()
        told = await malha.sql("SELECT told FROM clock")
        for service in NAMES:
            await malha.jump(service, 0)
        await malha.all_ready()
        accepted = len(load.accepted)
        await eventually(lambda: load.has(accepted + 50), "it goes on by the right time")
    assert await malha.sql("SELECT told FROM clock") == told
    assert await malha.sql(REPEATED) == 0
