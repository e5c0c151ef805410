"""All three services in one process: one port, one directory, one place to ask how they are."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from services.registry import rulebook
from tests.support.house import SESSION_KEY
from tests.support.registry import connected
from tests.support.servers import Vhost
from tests.support.world import eventually

PARTS = {
    "directory",
    "ingest.canary",
    "ingest.queue",
    "malha-ingest publish",
    "malha-registry publish feed",
    "malha-registry publish directory",
    "pressure",
    "registry.backlog",
    "registry.directory",
    "registry.publisher",
    "registry.reads",
    "registry.clock",
    "registry.consumer",
    "registry.indexer",
    "registry.keys",
    "registry.mail",
    "registry.orders",
    "registry.recovery",
    "registry.correspondent",
    "registry.rules",
    "notifier.intake",
    "notifier.readers",
}
NOWHERE = {
    "MALHA_AMQP_URL": "amqp://guest:guest@127.0.0.1:1/nowhere",
    "MALHA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
}
PORT = b'"port":'
IDLE_BYTES = 75_000_000


@asynccontextmanager
async def program(environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """``python -m services`` with these variables; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services",
        cwd=Path(__file__).parent.parent.parent,
        env={
            "PATH": os.environ["PATH"],
            "MALHA_ENVIRONMENT": "test",
            "MALHA_PUBLIC_URL": "http://127.0.0.1",
            "MALHA_SESSION_KEY": SESSION_KEY,
            "MALHA_LISTEN_PORT": "0",
            **environ,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def lines_of(vhost: Vhost) -> dict[str, str]:
    """Each service comes to the broker as its own user."""
    return {
        f"MALHA_{user.upper()}_AMQP_URL": vhost.url_of(user) for user in ("ingest", "registry", "notifier")
    }


async def origin_of(process: asyncio.subprocess.Process) -> str:
    """Where the program says that it listens."""
    assert process.stderr is not None
    async with asyncio.timeout(120):
        while line := await process.stderr.readline():
            if b'"listening"' in line:
                return f"http://127.0.0.1:{int(line.split(PORT)[1].split(b',')[0])}"
    raise AssertionError("the program ended before it listened")


def resident_bytes(pid: int) -> int:
    """What the process keeps in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


async def readiness(client: aiohttp.ClientSession) -> tuple[int, dict[str, Any]]:
    """What the program says of its parts."""
    async with client.get("/healthz/ready") as answer:
        return answer.status, (await answer.json())["parts"]


async def test_three_services_are_ready_on_one_port_and_end_clean(vhost: Vhost, database: str) -> None:
    """A small state runs all of it in one process of less than 75 MB."""
    async with program({**lines_of(vhost), "MALHA_DATABASE_URL": database}) as process:
        async with aiohttp.ClientSession(await origin_of(process)) as client:
            status, parts = await readiness(client)
            async with asyncio.timeout(120):
                while status != 200:
                    await asyncio.sleep(0.1)
                    status, parts = await readiness(client)
            assert set(parts) == PARTS
            for address in ("/", "/v1/members", "/metrics"):
                async with client.get(address) as answer:
                    assert answer.status == 200
        resident = resident_bytes(process.pid)
        assert resident < IDLE_BYTES
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(120):
            assert await process.wait() == 0


async def test_a_new_day_and_new_rules_reach_everybody_while_it_runs(vhost: Vhost, database: str) -> None:
    """Nobody restarts anything at midnight, nor when the law changes."""
    async with (
        program({**lines_of(vhost), "MALHA_DATABASE_URL": database}) as process,
        aiohttp.ClientSession(await origin_of(process)) as client,
        connected(database) as sql,
    ):

        async def day_has_begun() -> bool:
            return await sql.fetchval("SELECT told FROM clock") is not None

        await eventually(day_has_begun, "the clock has begun")
        await sql.execute("UPDATE clock SET told = told - 2")
        async with client.get("/v1/stream?last_event_id=0") as stream, asyncio.timeout(120):
            sealed = 0
            async for line in stream.content:
                sealed += b"br.malha.ledger.sealed.v1" in line
                if sealed == 2:
                    break
        before = await sql.fetchval("SELECT version FROM rules")
        await rulebook.change(sql, lambda rules: rules[1:], by="test")

        async def is_applied() -> bool:
            async with client.get("/v1/rules") as answer:
                rules = await answer.json()
                return bool(rules["applied"] == rules["version"] > before)

        await eventually(is_applied, "the new rules are applied")


async def test_program_starts_without_its_servers_and_says_which_part_waits() -> None:
    """After a power cut everything starts at once, in any order; nothing ends because another is late."""
    async with program(NOWHERE) as process, aiohttp.ClientSession(await origin_of(process)) as client:
        status, parts = await readiness(client)
        assert status == 503
        assert not parts["registry.consumer"]["ok"]
        assert "RabbitMQ" in parts["malha-ingest publish"]["detail"]
        async with client.get("/healthz/live") as answer:
            assert answer.status == 200
        async with client.get("/v1/members") as answer:
            assert answer.status == 503
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(120):
            assert await process.wait() == 0


async def test_setting_of_the_second_service_is_named_too() -> None:
    """One sentence, the variable in it, exit status 2."""
    async with program({"MALHA_AMQP_URL": NOWHERE["MALHA_AMQP_URL"]}) as process:
        _, errors = await process.communicate()
        assert process.returncode == 2
        assert errors == b"MALHA_DATABASE_URL: is not set\n"
