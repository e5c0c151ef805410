"""Whether the registry could answer if it were asked now."""

import asyncio
from typing import Final

from shared.broker import sleep
from shared.database import Database, DatabaseUnavailable, trouble
from shared.lifecycle import READY, Readiness

ASK_SECONDS: Final = 2.0
_COMMAND_SECONDS: Final = 5.0


class Answering:
    """Asks every 2 s on a connection of those that answer: it may lead to another server than others."""

    name = "registry.reads"

    def __init__(self, reads: Database) -> None:
        self._reads = reads
        self._state = Readiness(ok=False, detail="PostgreSQL: not asked yet")

    def readiness(self) -> Readiness:
        """Ready while PostgreSQL answers to those who read."""
        return self._state

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until *stop*."""
        while not stop.is_set():
            try:
                async with self._reads.connection() as connection:
                    await connection.execute("SELECT FROM head", timeout=_COMMAND_SECONDS)
            except DatabaseUnavailable as error:
                self._state = Readiness(ok=False, detail=trouble(error))
            else:
                self._state = READY
            await sleep(ASK_SECONDS, stop)
