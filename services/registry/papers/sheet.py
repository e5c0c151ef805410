"""What goes to the process that writes a spreadsheet: frames of four bytes of length (big endian), then JSON.

First a `Sheet`, then lists of rows, at last a `Closing`.
"""

import struct
from typing import Final

import msgspec

LENGTH: Final = struct.Struct(">I")
OUT: Final = "out.xlsx"
"""What the file is called in the directory that is given to the process."""


class SheetColumn(msgspec.Struct, frozen=True):
    """A column: the text of its header, how its cells are written, its width in characters."""

    name: str
    kind: str
    width: int


class Sheet(msgspec.Struct, frozen=True):
    """What is known before the first row."""

    title: str
    columns: tuple[SheetColumn, ...]


class Closing(msgspec.Struct, frozen=True):
    """What is known after the last row: the lines of the sheet that says what this file is."""

    about: tuple[tuple[str, ...], ...]
