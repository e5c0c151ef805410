"""Durable 202s per second: ingest beside FastAPI + FastStream, one process each, turn by turn.

python -m bench.accept [ROUNDS]
"""

import asyncio
import hashlib
import os
import sys
from dataclasses import dataclass

from bench.ground import PEERS_PYTHON, Ground, answers, ground, median, show
from bench.samples import DATA_JSON

SECONDS = 8
CONNECTIONS = (50, 200)
QUEUES = ("registry.live", "registry.backfill")


@dataclass(frozen=True)
class Outcome:
    """What wrk saw."""

    per_second: float
    errors: int
    p50_ms: float
    p99_ms: float


async def load(url: str, key: str, connections: int, run: str) -> Outcome:
    """Post from *connections* keep-alive connections for SECONDS."""
    process = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "10s", "-s", "bench/accept.lua",
        f"{url}/v1/notices",
        env=os.environ | {"KEY": key, "MEMBER": "3106200", "RUN": run, "DATA": DATA_JSON},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    line = next(line for line in output.decode().splitlines() if line.startswith("RESULT "))
    requests, errors, seconds, p50, p99 = (float(part) for part in line.split()[1:])
    return Outcome((requests - errors) / seconds, int(errors), p50, p99)


async def measure(here: Ground, rounds: int) -> None:
    """Both, in turn, at each number of connections."""
    await here.start("registry")
    await here.start("ingest")
    await here.stop("registry")  # ingest knows the keys by now; nothing else shall take its processor
    _, _, key_id, secret = here.key.split("_")
    port = here.state.ports.url
    here.keep(
        "peer", PEERS_PYTHON, "-m", "uvicorn", "bench.peers.fastapi_service:app", "--host", "127.0.0.1",
        "--port", str(port), "--loop", "uvloop", "--http", "httptools", "--no-access-log",
        "--log-level", "warning",
        MALHA_AMQP_URL=here.amqp_url, BENCH_KEY_ID=key_id, BENCH_MEMBER="3106200",
        BENCH_KEY_DIGEST=hashlib.sha256(secret.encode()).hexdigest(),
    )  # fmt: skip
    await answers(port)
    urls = {"ingest": here.url("ingest"), "FastAPI + FastStream": f"http://127.0.0.1:{port}"}
    seen: dict[tuple[str, int], list[Outcome]] = {}
    for number in range(rounds + 1):
        for connections in CONNECTIONS:
            for name, url in urls.items():
                outcome = await load(url, here.key, connections, f"{name[:3]}{number}c{connections}")
                await here.purge(*QUEUES)
                if number:  # the first round warms up
                    seen.setdefault((name, connections), []).append(outcome)
    rows = []
    for connections in CONNECTIONS:
        rates = {name: median([o.per_second for o in seen[name, connections]]) for name in urls}
        for name in urls:
            outcomes = seen[name, connections]
            rows.append(
                [
                    f"{name}, {connections} connections",
                    f"{rates[name]:,.0f}",
                    f"{min(o.per_second for o in outcomes):,.0f}–{max(o.per_second for o in outcomes):,.0f}",
                    f"{median([o.p50_ms for o in outcomes]):.1f}",
                    f"{median([o.p99_ms for o in outcomes]):.1f}",
                    str(sum(o.errors for o in outcomes)),
                    f"{rates[name] / rates['FastAPI + FastStream']:.2f} ×",
                ]
            )
    show("Durable 202s per second", ["", "median", "range", "p50 ms", "p99 ms", "errors", "ratio"], rows)


async def main(rounds: int) -> None:
    """Measure on a ground of its own."""
    async with ground() as here:
        await measure(here, rounds)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
