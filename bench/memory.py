"""Resident memory: each service idle, all three in one process, and the notifier per reader at 4,000.

python -m bench.memory
"""

import asyncio
import os
from pathlib import Path

from bench.fan_out import READERS, readers
from bench.ground import Ground, ground, show

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> int:
    """Bytes of resident memory (proc(5), statm)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


async def main() -> None:
    """Measure on a ground of its own."""
    rows = []
    async with ground() as here:
        for service in ("registry", "ingest", "notifier"):
            pid = await here.start(service)
            await asyncio.sleep(3)
            rows.append([f"{service}, idle", f"{resident(pid) / 1e6:.0f} MB"])
        rows.append([f"notifier, each of {READERS:,} readers", f"{await per_reader(here) / 1024:.1f} KiB"])
    show("Resident memory", ["", ""], rows)


async def per_reader(here: Ground) -> float:
    """Bytes that one more reader costs."""
    pid = here.supervisor.pids["notifier"]
    before = resident(pid)
    process = await readers(f"{here.url('notifier')}/v1/stream", "event: notice")
    await asyncio.sleep(3)
    after = resident(pid)
    process.kill()
    await process.wait()
    return (after - before) / READERS


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
    asyncio.run(main())
