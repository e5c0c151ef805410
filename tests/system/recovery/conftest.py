"""A house whose database is about to be lost, and what is asked of it before and after."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.registry.writing import erasure
from tests.support.checker import ENTRIES, faults_of_chain
from tests.support.reader import Reader
from tests.support.registry import connected
from tests.support.servers import Servers, Vhost
from tests.support.whole_house import House, drop_databases, whole_house

EARLY, LATE = "Ana Que Pediu Para Sair", "Beto Que Pediu Depois"
PATIENCE_SECONDS = 180.0


@pytest.fixture
async def house(vhost: Vhost, database: str, servers: Servers, tmp_path: Path) -> AsyncIterator[House]:
    """All three services over fresh servers' rooms; databases that were set aside go too."""
    async with whole_house(vhost, database, tmp_path) as found:
        yield found
    await drop_databases(servers, f"{found.database}_")


async def eventually(question: Callable[[], Awaitable[bool]], promise: str) -> None:
    """Ask until the answer is yes."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not await question():
        assert time.monotonic() < until, f"never true: {promise}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def reading(house: House, key: str) -> AsyncIterator[Reader]:
    """Somebody who reads everything from the beginning."""
    reader = Reader(house["notifier"].url, key)
    task = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def signed(member: str, number: str, **data: Any) -> dict[str, Any]:
    """A signature as a member's system sends it."""
    return {
        "specversion": "1.0",
        "source": "/convenios",
        "id": number,
        "member": member,
        "subject": f"PROC-{number}",
        "type": "br.malha.agreement.signed.v1",
        "data": {
            "instrument": "MOU",
            "title": f"Acordo {number}",
            "partners": [{"name": "Cidade Fictícia", "kind": "city", "country": "PT"}],
            "signed_on": "2024-01-15",
            **data,
        },
    }


def by(name: str) -> dict[str, Any]:
    """Who signed."""
    return {"signatories": [{"office": "Prefeita", "name": name}]}


async def erase(house: House, protocol: str) -> None:
    """Somebody has asked that their name be forgotten."""
    async with connected(house.database_url) as sql:
        row = await sql.fetchrow("SELECT member, sequence FROM entry WHERE protocol = $1", protocol)
        assert row is not None
        order = {"ground": "LGPD, art. 18", "decided_by": "encarregado", "request": "1/2026"}
        await erasure.erase(sql, row["member"], row["sequence"], ["signatories"], **order)


async def everything(database_url: str) -> str:
    """All that a database holds, as one text."""
    connection = await asyncpg.connect(database_url, timeout=60)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return "\n".join(
            [
                row[0]
                for table in tables
                for row in await connection.fetch(f'SELECT t::text FROM "{table[0]}" t')  # noqa: S608 - names of ours
            ]
        )
    finally:
        await connection.close()


async def faults_of(house: House, accepted: dict[str, Any]) -> list[str]:
    """What is wrong with the ledger, by a checker that shares no code with the product."""
    connection = await asyncpg.connect(house.database_url, timeout=60)
    try:
        faults = faults_of_chain([tuple(row) for row in await connection.fetch(ENTRIES)])
        rows = await connection.fetch(
            "SELECT protocol, count(*) FROM entry WHERE protocol = ANY($1) GROUP BY 1", list(accepted)
        )
        found = {row["protocol"]: row["count"] for row in rows}
        return faults + [f"{each}: registered {found.get(each, 0)} times" for each in accepted
                         if found.get(each, 0) != 1]  # fmt: skip
    finally:
        await connection.close()


async def tell(house: House, key: str, event: dict[str, Any]) -> str:
    """The protocol of *event*, once it is registered."""
    status, receipt = await house.post(key, event, wait=True)
    assert status == 201, receipt
    return str(receipt["protocol"])


async def all_registered(house: House, accepted: dict[str, Any]) -> bool:
    """Whether each of *accepted* stands in the ledger."""
    count = await house.sql("SELECT count(*) FROM entry WHERE protocol = ANY($1::text[])", list(accepted))
    return bool(count == len(accepted))
