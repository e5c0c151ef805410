"""A list as a table: its columns, and how a row's cells are read from an item."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from services.registry.http.cells import Cell, Kind, cell
from shared import data
from shared.directory import Member
from shared.notices.sentences import Sentence

Names = Mapping[str, Member | data.Member]
Reader = Callable[[Any, Names], Any]


class Column(msgspec.Struct, frozen=True):
    """A column: *name* is stable, *read* finds its cell in an item, *width* is in characters."""

    name: str
    read: Reader
    about: Sentence
    kind: Kind = "text"
    width: int = 14


class Table(msgspec.Struct, frozen=True):
    """A list as a file: *file* begins its name, *title* names its sheet, *definition* says what a row is.

    *page_rows*: how many are asked for at once, where each page costs the same whatever it holds.
    """

    file: str
    title: str
    definition: Sentence
    columns: tuple[Column, ...]
    page_rows: int | None = None

    def rows(self, items: Sequence[Any], names: Names) -> list[list[Cell]]:
        """A row for each of *items*."""
        return [[cell(column.read(item, names)) for column in self.columns] for item in items]


def at(path: str) -> Reader:
    """Reads what stands at `a.b.c`, None where the way ends before; of a list, from each of its items."""
    steps = path.split(".")

    def read(item: Any, _names: Names) -> Any:
        return _found(item, steps)

    return read


def _found(item: Any, steps: Sequence[str]) -> Any:
    for place, step in enumerate(steps):
        if item is None:
            return None
        if isinstance(item, list | tuple):
            return [_found(part, steps[place:]) for part in item]
        item = item.get(step) if isinstance(item, dict) else getattr(item, step, None)
    return None if item is msgspec.UNSET else item


def name_of(path: str) -> Reader:
    """Reads the name of the member whose id stands at *path*."""
    read = at(path)

    def named(item: Any, names: Names) -> str | None:
        member = names.get(read(item, names))
        return None if member is None else member.name

    return named


def mesoregion_of(path: str) -> Reader:
    """Reads the mesoregion of the member whose id stands at *path*."""
    read = at(path)

    def region(item: Any, names: Names) -> str | None:
        member = names.get(read(item, names))
        return None if member is None else member.mesoregion

    return region


def how_many(path: str) -> Reader:
    """Reads how many things stand at *path*."""
    read = at(path)

    def counted(item: Any, names: Names) -> int | None:
        found = read(item, names)
        return None if found is None else len(found)

    return counted


def each(path: str, template: str, *fields: str) -> Reader:
    """Reads *template*, filled with the *fields* of each thing at *path*; nothing for what is not told."""
    read = at(path)

    def told(item: Any, names: Names) -> list[str] | None:
        found = read(item, names)
        if found is None:
            return None
        lines = (template.format(*(_found(part, [field]) or "" for field in fields)) for part in found)
        return [" ".join(line.split()) for line in lines]

    return told
