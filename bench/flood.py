"""One member floods: what its neighbour feels, from its POST to a reader's socket.

    python -m bench.flood [ROUNDS]

In turn: nobody else, then Belo Horizonte sending batches of 1,000 live notices on eight lines as fast as it
is answered, its Retry-After ignored, at the default rates. Ingest, registry and notifier are processes.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter

import aiohttp

from bench.ground import Ground, ground, median, percentile, show
from bench.latency import on_uvloop
from bench.samples import signed

NEIGHBOUR = "3170206"
FLOODER = "3106200"
PER_SECOND = 5
SECONDS = 15
LINES = 8
BATCH = 1_000
DEFAULT_RATES = {"MALHA_REQUESTS_PER_SECOND": "100", "MALHA_EVENTS_PER_SECOND": "1000"}


async def neighbour(here: Ground, source: str) -> list[float]:
    """Seconds from POST to socket, of each notice of a member that tells a few."""
    posted: dict[str, float] = {}
    read: dict[str, float] = {}
    connected = asyncio.Event()
    keys = here.state.secrets.api_keys
    authorization = {"Authorization": f"Bearer {keys[NEIGHBOUR]}"}
    count = PER_SECOND * SECONDS

    async def follow(session: aiohttp.ClientSession) -> None:
        address = f"{here.url('notifier')}/v1/stream?member={NEIGHBOUR}"
        async with session.get(address, headers=authorization) as stream:
            connected.set()
            async for line in stream.content:
                if line.startswith(b"data:") and b'"agreement"' in line:
                    read[json.loads(line[5:])["agreement"]["subject"]] = time.perf_counter()
                    if len(read.keys() & posted.keys()) == count:
                        return

    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None), read_bufsize=2**20
    ) as session:
        following = asyncio.create_task(follow(session))
        await connected.wait()
        begin = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, begin + number / PER_SECOND - time.perf_counter()))
            event = signed(NEIGHBOUR, source, number)
            posted[event["subject"]] = time.perf_counter()
            async with session.post(
                f"{here.url('ingest')}/v1/notices", json=event, headers=authorization
            ) as answer:
                answer.raise_for_status()
        async with asyncio.timeout(120):
            await following
    return [read[subject] - posted[subject] for subject in posted]


async def flood(here: Ground, source: str, stop: asyncio.Event) -> Counter[int]:
    """Send until *stop*; how often each status was answered."""
    found: Counter[int] = Counter()
    numbers = itertools.count()
    headers = {
        "Authorization": f"Bearer {here.state.secrets.api_keys[FLOODER]}",
        "Content-Type": "application/cloudevents-batch+json",
    }

    async def line(session: aiohttp.ClientSession) -> None:
        while not stop.is_set():
            body = json.dumps([signed(FLOODER, source, next(numbers)) for _ in range(BATCH)]).encode()
            while not stop.is_set():
                async with session.post(
                    f"{here.url('ingest')}/v1/notices", data=body, headers=headers
                ) as answer:
                    found[answer.status] += 1
                    if answer.status == 202:
                        break
                await asyncio.sleep(0.02)

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(LINES):
            group.create_task(line(session))
    return found


async def main(rounds: int) -> None:
    """Both in turn, on a ground of its own."""
    quiet: list[list[float]] = []
    flooded: list[list[float]] = []
    async with ground() as here:
        for service in ("registry", "ingest", "notifier"):
            await here.start(service, **DEFAULT_RATES)
        for number in range(rounds + 1):
            calm = await on_uvloop(neighbour(here, f"/calm/{number}"))
            stop = asyncio.Event()
            flooding = asyncio.create_task(flood(here, f"/flood/{number}", stop))
            crowd = await on_uvloop(neighbour(here, f"/crowd/{number}"))
            stop.set()
            statuses = await flooding
            if number:  # the first round warms up
                quiet.append(calm)
                flooded.append(crowd)
            print(
                f"alone p50 {percentile(calm, 50) * 1e3:.0f} p99 {percentile(calm, 99) * 1e3:.0f} ms; "
                f"beside a flood p50 {percentile(crowd, 50) * 1e3:.0f} "
                f"p99 {percentile(crowd, 99) * 1e3:.0f} ms; "
                f"the flood: {dict(statuses)}",
                flush=True,
            )
    rows = [
        [name, *(f"{median([percentile(run, p) for run in runs]) * 1e3:.1f}" for p in (50, 99))]
        for name, runs in (("alone", quiet), ("beside a flood", flooded))
    ]
    show(f"A neighbour's {PER_SECOND} notices per second", ["", "p50 ms", "p99 ms"], rows)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
