"""What every read takes: a connection, and how far its reader sees."""

from typing import Final, TypeAlias

import asyncpg
import msgspec

Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
NEWEST: Final = 2**63 - 1
"""Above every position."""


class Reach(msgspec.Struct, frozen=True):
    """How far a reader sees: *visibilities* of everybody's (None: all), and everything of *own*."""

    visibilities: tuple[str, ...] | None
    own: str | None = None
