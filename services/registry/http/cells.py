"""What one cell of a file says, safe to be opened by a spreadsheet program."""

import re
from datetime import date, datetime
from typing import Any, Final, Literal

from shared.formulas import safe
from shared.notices.dates import write_instant

Kind = Literal["text", "number", "day", "instant", "flag"]
Cell = str | int | float | bool | None
"""What travels to the writers: days and instants as their ISO text."""

BETWEEN: Final = " | "
"""Between the values of one cell: a comma or a semicolon would begin a new cell somewhere."""

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def cell(value: Any) -> Cell:
    """*value* as it travels to a writer."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return BETWEEN.join(str(cell(part)) for part in value if part is not None) or None
    if isinstance(value, datetime):
        return write_instant(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def written(value: Cell, kind: Kind) -> Cell:
    """A cell as it stands in a CSV file. Only a number that is one stays as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if kind == "number" and _NUMBER.fullmatch(value) else safe(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
