"""A file of many rows: in memory that does not grow with them, and cut off without a trace."""

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from services.registry.http import files
from services.registry.http.files import CSV, XLSX
from tests.support.registry import Registry, Teller, connected, sister_city

ROWS = 20_000
MOST_GROWTH_BYTES = 48 * 1024 * 1024
"""One row takes some 3 KiB here: all of them at once would take six times as much."""

MOST_WRITER_BYTES = 80 * 1024 * 1024
"""Of the process that writes a spreadsheet; it takes 66 MB after a hundred rows already."""
PAGES = 100


async def multiply(database: str, rows: int) -> None:
    """Let there be as many agreements: copies of the one that there is, under ids of their own."""
    own = {
        "id": "'AG-' || lpad(n::text, 13, '0')",
        "agreement": "'AG-' || lpad(n::text, 13, '0')",
        "subject": "'copy ' || n",
        **dict.fromkeys(("known_from", "version", "since"), "n"),
    }
    async with connected(database) as sql:
        for table in ("agreement", "segment"):
            columns = [
                str(row["attname"])
                for row in await sql.fetch(
                    """SELECT attname FROM pg_attribute
                       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
                    table,
                )
            ]
            chosen = ", ".join(own.get(column, f"told.{column}") for column in columns)
            await sql.execute(
                f"""INSERT INTO {table} ({", ".join(columns)})
                    SELECT {chosen} FROM (SELECT * FROM {table}) told, generate_series(2, {rows}) n"""  # noqa: S608
            )
            await sql.execute(f"ANALYZE {table}")
        await sql.execute("UPDATE head SET position = $1", rows)


class Memory:
    """The most memory of this process, and of those that it started, since a moment."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self._before = peak_bytes("self")
        self._others = children()
        self.children: dict[str, int] = {}

    def look(self) -> None:
        """Note how much each child has taken so far."""
        for pid in children() - self._others:
            self.children[pid] = max(peak_bytes(pid), self.children.get(pid, 0))

    @property
    def growth(self) -> int:
        """Of this process, in bytes."""
        return peak_bytes("self") - self._before


def children() -> set[str]:
    """The processes that this one started and that are still there."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def peak_bytes(pid: str) -> int:
    """The peak resident set size of a process."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


@pytest.mark.parametrize("media_type", [CSV, XLSX])
async def test_a_hundred_thousand_rows_take_no_more_memory(
    registry: Registry, teller: Teller, database: str, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the service, whatever the format, nor in the process that writes the spreadsheet."""
    await teller.tell("agreement.signed", sister_city(object="x" * 1_000), subject="P-1")
    await (await registry.get("/v1/agreements", "office", Accept=media_type)).read()
    await multiply(database, ROWS)
    monkeypatch.setattr(files, "_LONGEST_REST_SECONDS", 0)
    memory = Memory()
    answer = asyncio.create_task(registry.get("/v1/agreements", "office", Accept=media_type))
    while not answer.done():
        await asyncio.wait({answer}, timeout=0.2)
        memory.look()
    size = lines = 0
    async for chunk, _ in (await answer).content.iter_chunks():
        size += len(chunk)
        lines += chunk.count(b"\r\n")
    assert size > 1_000_000
    if media_type == CSV:
        assert lines == ROWS + 1
    assert memory.growth < MOST_GROWTH_BYTES, memory.growth
    assert all(peak < MOST_WRITER_BYTES for peak in memory.children.values()), memory.children
    assert bool(memory.children) == (media_type == XLSX)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def eventually(question: Callable[[], object]) -> None:
    """Ask until the answer is yes, for a minute."""
    async with asyncio.timeout(60):
        while not question():  # noqa: ASYNC110 (processes and files send no events)
            await asyncio.sleep(0.02)


def left(directory: Path) -> list[str]:
    """What lies there."""
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.parametrize("media_type", [CSV, XLSX])
async def test_who_goes_away_leaves_nothing_behind(
    registry: Registry, teller: Teller, database: str, temporary: Path, media_type: str
) -> None:
    """Neither a process nor a file nor a turn, however far it had come."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await multiply(database, 20_000)
    app = registry.client.app
    assert app is not None
    turns, before = app[files.EXPORTS], children()
    server = registry.client.server
    async with aiohttp.ClientSession() as http:
        asking = asyncio.create_task(
            http.get(
                server.make_url("/v1/agreements"),
                headers={**registry.headers("office"), "Accept": media_type},
            )
        )
        await eventually(lambda: turns.held and (media_type == CSV or left(temporary)))
        asking.cancel()
    await eventually(lambda: not turns.held and not left(temporary) and children() == before)


async def test_a_failure_on_the_way_does_not_look_like_the_end(
    registry: Registry, teller: Teller, database: str, temporary: Path
) -> None:
    """In CSV the connection breaks; in XLSX nothing was sent yet, and the problem is told."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await multiply(database, 20_000)
    answer = await registry.get("/v1/agreements", "office", Accept=CSV)
    assert answer.status == 200
    assert (await answer.content.readline()).startswith(b"id,member,")
    async with connected(database) as sql:
        await sql.execute("ALTER TABLE agreement RENAME TO away")
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
        await sql.execute("ALTER TABLE away RENAME TO agreement")
        asking = asyncio.create_task(registry.get("/v1/agreements", "office", Accept=XLSX))
        await eventually(lambda: left(temporary))
        await sql.execute("ALTER TABLE agreement RENAME TO away")
        answer = await asking
    assert (answer.status, answer.content_type) == (500, "application/problem+json")
    assert left(temporary) == []


@pytest.mark.usefixtures("temporary")
async def test_pages_are_answered_while_files_are_made(
    registry: Registry, teller: Teller, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The governor's aide does not wait for who takes everything home: files come on, pages go first."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await multiply(database, 20_000)
    parts, spent = 0, files._File._spent

    def counted(export: files._File) -> float:
        nonlocal parts
        parts += 1
        return spent(export)

    monkeypatch.setattr(files._File, "_spent", counted)
    exports = [
        asyncio.create_task(registry.get("/v1/agreements", asker, Accept=XLSX))
        for asker in ("office", "coordination", "own")
    ]
    await eventually(lambda: parts)
    before = parts
    for _ in range(PAGES):
        assert (await registry.get("/v1/members/3106200", "office")).status == 200
    meanwhile = parts - before
    assert not any(export.done() for export in exports)
    for export in exports:
        export.cancel()
    await asyncio.gather(*exports, return_exceptions=True)
    assert meanwhile <= PAGES  # while a page is made, less than one part of any file is
