"""Notice posted → on a reader's socket, at 100 notices per second, beside the bare path, turn by turn.

    python -m bench.latency [ROUNDS]

The clock starts before the POST is sent and stops when the item's frame is read from `/v1/stream`; ingest,
registry and notifier are three processes. The bare path (peers/bare_path.py) is what durability costs alone.
"""

import asyncio
import json
import sys
import time
from collections.abc import Coroutine

import aiohttp
import uvloop

from bench.ground import Ground, ground, median, percentile, show
from bench.peers.bare_path import bare_path_latencies
from bench.samples import signed

PER_SECOND = 100
SECONDS = 10


async def latencies(here: Ground, source: str) -> list[float]:
    """Seconds from POST to socket, for each of PER_SECOND * SECONDS notices."""
    count = PER_SECOND * SECONDS
    posted: dict[str, float] = {}
    read: dict[str, float] = {}
    done = asyncio.Event()
    connected = asyncio.Event()
    authorization = {"Authorization": f"Bearer {here.key}"}

    async def follow(session: aiohttp.ClientSession) -> None:
        async with session.get(f"{here.url('notifier')}/v1/stream", headers=authorization) as stream:
            connected.set()
            async for line in stream.content:
                if line.startswith(b"data:") and b'"agreement"' in line:
                    arrived = time.perf_counter()
                    read[json.loads(line[5:])["agreement"]["subject"]] = arrived
                    if len(read) >= count:
                        done.set()
                        return

    async def post(session: aiohttp.ClientSession, number: int) -> None:
        event = signed("3106200", source, number)
        posted[event["subject"]] = time.perf_counter()
        async with session.post(
            f"{here.url('ingest')}/v1/notices", json=event, headers=authorization
        ) as answer:
            answer.raise_for_status()

    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        following = asyncio.create_task(follow(session))
        await connected.wait()
        begin = time.perf_counter()
        posting = []
        for number in range(count):
            await asyncio.sleep(max(0.0, begin + number / PER_SECOND - time.perf_counter()))
            posting.append(asyncio.create_task(post(session, number)))
        await asyncio.gather(*posting)
        async with asyncio.timeout(30):
            await done.wait()
        await following
    return [read[subject] - posted[subject] for subject in posted]


async def on_uvloop(measuring: Coroutine[None, None, list[float]]) -> list[float]:
    """Run *measuring* on the loop that the services run on, beside the one that keeps the servers."""
    return await asyncio.to_thread(uvloop.run, measuring)


async def main(rounds: int) -> None:
    """Both in turn, on a ground of its own."""
    seen: dict[str, list[list[float]]] = {"Malha, POST to socket": [], "the bare path": []}
    async with ground() as here:
        for service in ("registry", "ingest", "notifier"):
            await here.start(service)
        bodies = [json.dumps(signed("3106200", "/bare", n)).encode() for n in range(PER_SECOND * SECONDS)]
        for number in range(rounds + 1):
            malha = await on_uvloop(latencies(here, f"/bench/{time.time_ns()}"))
            bare = await on_uvloop(bare_path_latencies(here.amqp_url, here.database_url, bodies, PER_SECOND))
            if number:  # the first round warms up
                seen["Malha, POST to socket"].append(malha)
                seen["the bare path"].append(bare)
            print(
                *(f"{name}: p50 {percentile(v, 50) * 1e3:.1f} ms, p99 {percentile(v, 99) * 1e3:.1f} ms;"
                  for name, v in (("malha", malha), ("bare", bare))),
                flush=True,
            )  # fmt: skip
    rows = []
    base = {p: median([percentile(run, p) for run in seen["the bare path"]]) for p in (50, 99)}
    for name, runs in seen.items():
        p50, p99 = (median([percentile(run, p) for run in runs]) for p in (50, 99))
        rows.append(
            [
                name,
                f"{p50 * 1e3:.1f}",
                f"{p99 * 1e3:.1f}",
                f"{p50 / base[50]:.2f} ×",
                f"{p99 / base[99]:.2f} ×",
            ]
        )
    show(f"At {PER_SECOND} notices per second", ["", "p50 ms", "p99 ms", "p50 ratio", "p99 ratio"], rows)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
