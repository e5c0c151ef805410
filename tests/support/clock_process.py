"""A clock in a process of its own, that can be killed: `python -m tests.support.clock_process URL DAY`."""

import asyncio
import sys
from datetime import date

from services.registry.watch.clock import Clock
from shared.database import Database


async def _run(database_url: str, day: date) -> None:
    leads = Database(database_url, "test clock leads", most_connections=1)
    writes = Database(database_url, "test clock writes", most_connections=1)
    await Clock(leads, writes, "test", today=lambda: day).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], date.fromisoformat(sys.argv[2])))
