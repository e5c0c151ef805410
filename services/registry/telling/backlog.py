"""How much is committed and not yet told, asked of PostgreSQL: true whoever leads, and while nobody does."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from shared import metrics
from shared.broker import sleep
from shared.database import Connection, Database, DatabaseUnavailable, trouble
from shared.lifecycle import READY, Readiness

ASK_SECONDS: Final = 2.0
_COMMAND_SECONDS: Final = 5.0


class Backlog:
    """Asks every 2 s, on a connection of those that write: so it also says whether these can be had."""

    name = "registry.backlog"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._state = Readiness(ok=False, detail="PostgreSQL: not asked yet")
        self._oldest: datetime | None = None
        metrics.UNPUBLISHED_SECONDS.set_function(self._seconds)

    def readiness(self) -> Readiness:
        """Ready while PostgreSQL answers to those who write."""
        return self._state

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until *stop*."""
        while not stop.is_set():
            try:
                async with self._database.connection() as connection:
                    items, self._oldest = await unpublished(connection)
            except DatabaseUnavailable as error:
                self._state = Readiness(ok=False, detail=trouble(error))
            else:
                metrics.UNPUBLISHED_ITEMS.set(items)
                self._state = READY
            await sleep(ASK_SECONDS, stop)

    def _seconds(self) -> float:
        """At the time of the scrape: what was found goes on ageing while PostgreSQL does not answer."""
        return 0.0 if self._oldest is None else max(0.0, (datetime.now(UTC) - self._oldest).total_seconds())


_UNPUBLISHED: Final = """
SELECT h.position - p.last AS items,
       (SELECT i.item ->> 'registered_at' FROM feed_item i WHERE i.position > p.last
        ORDER BY i.position LIMIT 1) AS oldest
FROM head h, (SELECT coalesce(max(last), 0) AS last FROM publication) AS p
"""


async def unpublished(connection: Connection) -> tuple[int, datetime | None]:
    """How many items are not recorded as published, and when the oldest of them was registered."""
    row = await connection.fetchrow(_UNPUBLISHED, timeout=_COMMAND_SECONDS)
    if row is None or row["oldest"] is None:
        return 0, None  # a restored feed leaves positions out
    return row["items"], datetime.fromisoformat(row["oldest"])
