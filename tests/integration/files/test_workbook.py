"""The process that writes a spreadsheet, and what it leaves behind when it is not let finish: nothing."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.registry.http import sheets
from services.registry.http.sheets import PREFIX, sheet_writer
from services.registry.papers.sheet import LENGTH, OUT, Closing, Sheet, SheetColumn
from services.registry.papers.workbook import Writer
from shared.problems import Unavailable

SHEET = Sheet("Linhas", (SheetColumn("text", "text", 12), SheetColumn("what", "day", 12)))
ABOUT = Closing((("as_of", "2026-11-21", ""),))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def children() -> set[int]:
    """The processes that this one started and that are still there."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def left(directory: Path) -> list[str]:
    """What lies there."""
    return sorted(path.name for path in directory.iterdir())


def test_what_does_not_fit_goes_on_in_another_sheet(tmp_path: Path) -> None:
    """A sheet holds 1,048,575 rows and a header; each has its own header and filter."""
    writer = Writer(tmp_path, SHEET, most_rows=10)
    writer.write([[f"row {number}", None] for number in range(25)])
    writer.close(ABOUT)
    book = load_workbook(tmp_path / OUT)
    assert book.sheetnames == ["Linhas", "Linhas 2", "Linhas 3", "Sobre"]
    found = [
        row[0]
        for name in book.sheetnames[:-1]
        for row in book[name].iter_rows(min_row=2, max_col=1, values_only=True)
    ]
    assert found == [f"row {number}" for number in range(25)]
    for name, last in (("Linhas", 11), ("Linhas 2", 11), ("Linhas 3", 6)):
        assert book[name]["A1"].value == "text"
        assert book[name].freeze_panes == "A2"
        assert book[name].auto_filter.ref == f"A1:B{last}"


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("day", "2026-11-21", datetime(2026, 11, 21)),  # noqa: DTZ001 (a cell has no zone)
        ("day", "2014-03", "2014-03"),
        ("day", "1996", "1996"),
        ("day", "1889-11-15", "1889-11-15"),
        ("instant", "2026-11-21T02:30:00Z", datetime(2026, 11, 20, 23, 30)),  # noqa: DTZ001
        ("number", "1250000.50", 1250000.5),
        ("number", "123456789012345678.90", "123456789012345678.90"),
        ("number", "=1", "=1"),
        ("number", 10**15, str(10**15)),
        ("flag", True, True),
        ("text", "=1+1", "=1+1"),
        ("text", "https://example.org", "https://example.org"),
        ("text", "00123", "00123"),
        ("text", "x" * 40_000, "x" * 32_766 + "…"),
        ("text", "a\ufffeb", "a\ufffdb"),
    ],
)
def test_a_cell_is_what_it_was(tmp_path: Path, kind: str, value: object, found: object) -> None:
    """Dates as dates where the day is known, numbers that are exact as numbers, all else as its text."""
    writer = Writer(tmp_path, Sheet("Linhas", (SheetColumn("a", kind, 12),)))
    writer.write([[value]])
    writer.close(ABOUT)
    cell = load_workbook(tmp_path / OUT)["Linhas"]["A2"]
    assert (cell.value, cell.data_type == "f", cell.hyperlink) == (found, False, None)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1))
def test_any_text_is_read_back(tmp_path: Path, texts: list[str]) -> None:
    """Never a formula, never lost, whatever its letters; what XML cannot hold is marked."""
    writer = Writer(tmp_path, Sheet("Linhas", (SheetColumn("a", "text", 12),)))
    writer.write([[text] for text in texts])
    writer.close(ABOUT)
    sheet = load_workbook(tmp_path / OUT)["Linhas"]
    found = [row[0] for row in sheet.iter_rows(min_row=2, max_col=1, values_only=True)]
    assert found == [text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for text in texts]


async def test_a_finished_file_has_no_name_and_no_process(temporary: Path) -> None:
    """It goes with whoever reads it."""
    before = children()
    async with sheet_writer(SHEET) as writer:
        await writer.write([["a", "2026-11-21"]])
        file = await writer.finish(ABOUT)
    with file:
        assert load_workbook(file)["Linhas"]["A2"].value == "a"
    assert left(temporary) == []
    assert children() == before


async def test_an_interrupted_file_leaves_nothing(temporary: Path) -> None:
    """Whoever asked has gone: process and files go too."""
    before = children()
    begun = asyncio.Event()

    async def writing() -> None:
        async with sheet_writer(SHEET) as writer:
            begun.set()
            while True:
                await writer.write([["a", "2026"]] * 1000)

    task = asyncio.create_task(writing())
    await begun.wait()
    async with asyncio.timeout(120):
        while not left(temporary):  # noqa: ASYNC110 (files send no events)
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert left(temporary) == []
    assert children() == before


async def test_a_writer_that_dies_is_told_as_such(temporary: Path) -> None:
    """The asker comes again; nothing is left of the attempt."""
    before = children()

    async def writing() -> None:
        async with sheet_writer(SHEET) as writer:
            (pid,) = children() - before
            os.kill(pid, 9)
            while True:
                await writer.write([["a", "2026"]] * 1000)

    with pytest.raises(Unavailable):
        await writing()
    assert left(temporary) == []
    assert children() == before


def test_a_writer_whose_service_was_killed_cleans_up_after_itself(tmp_path: Path) -> None:
    """Nobody is there to do it for it: its input just ends."""
    directory = tmp_path / f"{PREFIX}x"
    directory.mkdir()

    def frames() -> Iterator[bytes]:
        for body in (msgspec.json.encode(SHEET), msgspec.json.encode([["a", "1996"]] * 10)):
            yield LENGTH.pack(len(body)) + body

    done = subprocess.run(
        [sys.executable, "-m", "services.registry.papers.workbook", str(directory)],
        input=b"".join(frames()),
        check=False,
        timeout=120,
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])


async def test_what_was_left_long_ago_goes(temporary: Path) -> None:
    """Machine and writer went down together; the next file sweeps."""
    old, young = temporary / f"{PREFIX}old", temporary / f"{PREFIX}young"
    for left in (old, young):
        left.mkdir()
        (left / "row").touch()
    os.utime(old, (0, 0))
    async with sheet_writer(SHEET):
        assert not old.exists()
        assert young.exists()
    assert sheets.LEFT_BEHIND_SECONDS > 2 * 3600
