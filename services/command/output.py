"""How commands answer: a table for people, JSON for programs."""

import sys
from collections.abc import Iterable, Sequence

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_PIPED_COLUMNS = 240
console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
errors = Console(highlight=False, stderr=True, width=None if sys.stderr.isatty() else _PIPED_COLUMNS)


def as_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")
    sys.stdout.flush()


def as_line(value: object) -> None:
    """One JSON document on one line, at once."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def as_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, to: Console = console) -> None:
    """A table; a cell of None is empty."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    to.print(table)
