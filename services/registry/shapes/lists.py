"""A page of a list."""

from datetime import date
from typing import Any

import msgspec


class Page(msgspec.Struct, frozen=True):
    """One page of a list; *next* is the cursor of the page after it, null at the end.

    A page may be short, even empty, before the end: a request looks at a bounded part of a large registry.
    """

    items: list[Any]
    next: str | None
    as_of: date
