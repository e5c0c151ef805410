"""Keeps the keys: ends those whose overlap is over, and notes when each was last used.

Ingest works without a database, so nobody can ask it. Each ledger entry names the key that sent it: a
follower reads them after the registering transaction, in statements of its own, and keeps the last of each.
"""

import asyncio
from typing import Final

import structlog

from services.registry.leader import Leader
from services.registry.network import key_rotation
from services.registry.queries import Connection
from shared.broker import sleep
from shared.database import Connection as Leading
from shared.database import Database

log = structlog.get_logger()

LOCK: Final = 853_000_011
CHANNEL: Final = "malha_directory"
PAUSE_SECONDS: Final = 5.0
"""So long a key may stay good after its end, and its last use unknown."""
STEP_POSITIONS: Final = 5_000


class KeyKeeper(Leader):
    """Keeps them while it leads; stands by otherwise."""

    name = "registry.keys"

    def __init__(self, database: Database) -> None:
        """*database* has a connection to spare for whoever leads."""
        super().__init__(database, LOCK, CHANNEL)

    async def lead(self, connection: Leading, stop: asyncio.Event) -> None:
        """Look every PAUSE_SECONDS, until *stop*."""
        while not stop.is_set():
            if await key_rotation.end_due(connection):
                log.info("keys_ended")
            while await advance(connection) == STEP_POSITIONS and not stop.is_set():
                pass
            await sleep(PAUSE_SECONDS, stop)


_ADVANCE: Final = """
WITH told AS (
    SELECT e.position, e.received_at, e.entry::json #>> '{sender,key}' AS key
    FROM entry e
    WHERE e.position > (SELECT position FROM key_use_read)
    ORDER BY e.position LIMIT $1
), used AS (
    INSERT INTO key_use (key, last_used_at, position)
    SELECT key, max(received_at), max(position) FROM told JOIN api_key k ON k.id = told.key GROUP BY key
    ON CONFLICT (key) DO UPDATE SET
        last_used_at = greatest(key_use.last_used_at, excluded.last_used_at),
        position = greatest(key_use.position, excluded.position)
), reached AS (
    UPDATE key_use_read SET position = (SELECT max(position) FROM told)
    WHERE EXISTS (SELECT FROM told)
)
SELECT count(*) FROM told
"""


async def advance(connection: Connection) -> int:
    """Note the keys of the next notices; how many notices that were, STEP_POSITIONS at most."""
    seen: int = await connection.fetchval(_ADVANCE, STEP_POSITIONS)
    return seen
