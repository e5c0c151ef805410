"""Notices registered per second from a backlog of 50,000: batches beside one transaction per notice.

    python -m bench.register [ROUNDS]

The baseline is the same process with the same statements and `MALHA_BATCH_SIZE=1`, on a smaller backlog. Then
one agreement with 10,000 notices behind it: one more in order, and every second one too late.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from bench.ground import Ground, ground, median, show
from bench.samples import amended, signed

BACKLOG = 50_000
BASELINE_BACKLOG = 5_000
BATCH = 1_000
BEHIND = 10_000
LONG_BACKLOG = 5_000
DURATION = """
SELECT extract(epoch FROM max(registered_at) - min(registered_at))::float8
FROM entry WHERE position > $1
"""


Sample = Callable[[str, str, int], dict[str, Any]]


def long_life(member: str, source: str, number: int) -> dict[str, Any]:
    """An agreement, then its amendments in their order; at last every second one comes too late."""
    if number == 0:
        first = signed(member, source, number)
        told = {**first["data"], "signed_on": "1994-01-01", "effective_on": "1994-02-01", "ends_on": None}
        return {**first, "subject": f"{source}-long", "data": told}
    late = number >= BEHIND + LONG_BACKLOG and number % 2 == 0
    return amended(member, source, number, late=late)


async def fill(here: Ground, source: str, count: int, sample: Sample = signed, begin: int = 0) -> None:
    """Put *count* notices into the queue, through ingest's own door, from number *begin* on."""
    headers = {
        "Authorization": f"Bearer {here.key}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    async with aiohttp.ClientSession(headers=headers) as session:
        for first in range(begin, begin + count, BATCH):
            batch = [sample("3106200", source, number) for number in range(first, first + BATCH)]
            payload = aiohttp.payload.JsonPayload(batch, content_type=headers["Content-Type"])
            async with session.post(f"{here.url('ingest')}/v1/notices", data=payload) as answer:
                answer.raise_for_status()


async def drain(here: Ground, count: int, **settings: str) -> float:
    """Start the registry and return the notices per second from the first commit to the last."""
    before = int(str(await here.value("SELECT position FROM head")))
    await here.start("registry", **settings)
    while int(str(await here.value("SELECT position FROM head"))) < before + count:  # noqa: ASYNC110 another process
        await asyncio.sleep(0.25)
    seconds = await here.value(DURATION, before)
    await asyncio.sleep(1)
    await here.stop("registry")
    return count / float(str(seconds))


async def live_long(here: Ground, rates: dict[str, list[float]]) -> None:
    """One agreement: what is behind it, then more in order, then late ones among them."""
    source = f"/bench/{time.time_ns()}"
    await fill(here, source, BEHIND, long_life)
    await drain(here, BEHIND)
    for name, begin in (("10,000 behind, in order", BEHIND), ("10,000 behind, late", BEHIND + LONG_BACKLOG)):
        await fill(here, source, LONG_BACKLOG, long_life, begin)
        rates[name].append(await drain(here, LONG_BACKLOG))


async def main(rounds: int) -> None:
    """Both in turn, on a ground of its own."""
    rates: dict[str, list[float]] = {
        "batches": [],
        "one transaction per notice": [],
        "10,000 behind, in order": [],
        "10,000 behind, late": [],
    }
    async with ground() as here:
        await here.start("registry")
        await here.start("ingest")
        await here.stop("registry")
        for number in range(rounds):
            await fill(here, f"/bench/{time.time_ns()}", BACKLOG)
            rates["batches"].append(await drain(here, BACKLOG))
            await fill(here, f"/bench/{time.time_ns()}", BASELINE_BACKLOG)
            rates["one transaction per notice"].append(
                await drain(here, BASELINE_BACKLOG, MALHA_BATCH_SIZE="1")
            )
            await live_long(here, rates)
            print(f"round {number + 1}: {rates}", flush=True)
    base = median(rates["one transaction per notice"])
    rows = [
        [name, f"{median(seen):,.0f}", f"{min(seen):,.0f}–{max(seen):,.0f}", f"{median(seen) / base:.1f} ×"]
        for name, seen in rates.items()
    ]
    show("Notices registered per second", ["", "median", "range", "ratio"], rows)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
