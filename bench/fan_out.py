"""Deliveries per second to 4,000 readers: the notifier beside nchan, the same frames, turn by turn.

    python -m bench.fan_out [ROUNDS]

A burst of items is given to each as fast as it takes them: to the notifier through the feed stream, to
nchan through its publishing location on one keep-alive connection. A delivery is one item at one reader.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import aio_pika
import aiohttp

from bench.ground import Ground, answers, ground, median, show
from deploy.local.layout import CHECKOUT

READERS = 4_000
ITEMS = 100
MODULES = "/usr/lib/nginx/modules"


def item(position: int) -> dict[str, Any]:
    """A feed item of ordinary size."""
    return {
        "position": position,
        "protocol": "MG-7FJRXBPMCRCB7",
        "type": "br.malha.agreement.signed.v1",
        "member": {"id": "3106200", "name": "Belo Horizonte", "kind": "municipality",
                   "mesoregion": "Metropolitana de Belo Horizonte"},
        "agreement": {"id": "AG-7FJRXBPMCRCB7", "subject": f"fictício {position}", "state": "signed",
                      "title": "Memorando de entendimento (fictício, medição)", "instrument": "MOU"},
        "countries": ["PT"], "themes": ["AGUA"], "sdgs": [6],
        "headline": {"pt": "Belo Horizonte assinou acordo com Cidade Fictícia (Portugal)",
                     "en": "Belo Horizonte signed an agreement with Cidade Fictícia (Portugal)"},
        "visibility": "public", "remarks": 0, "backfill": False, "replayed": False,
        "occurred_at": None, "received_at": "2026-11-21T12:00:00Z", "registered_at": "2026-11-21T12:00:00Z",
    }  # fmt: skip


async def readers(url: str, marker: str) -> asyncio.subprocess.Process:
    """Connect READERS readers in a process of their own; return it once all are connected."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.readers", url, str(READERS), marker, str(ITEMS),
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert json.loads(await process.stdout.readline())["connected"] == READERS
    return process


async def rate(process: asyncio.subprocess.Process) -> float:
    """Deliveries per second, as the readers saw them."""
    async with asyncio.timeout(120):
        output, _ = await process.communicate()
    seen = json.loads(output)
    return float(seen["deliveries"] / seen["seconds"])


async def notifier_rate(here: Ground, first: int) -> float:
    """Publish ITEMS items from position *first* on the feed stream."""
    process = await readers(f"{here.url('notifier')}/v1/stream", "event: notice")
    connection = await aio_pika.connect(here.amqp_url)
    channel = await connection.channel()
    messages = [
        aio_pika.Message(
            json.dumps(
                {
                    "specversion": "1.0",
                    "id": str(position),
                    "source": "/malha",
                    "type": "br.malha.feed.item.v1",
                    "data": item(position),
                }
            ).encode(),
            delivery_mode=2,
            headers={"position": position},
        )
        for position in range(first, first + ITEMS)
    ]
    await asyncio.gather(*(channel.default_exchange.publish(message, "feed") for message in messages))
    await connection.close()
    return await rate(process)


async def nchan_rate(port: int, first: int) -> float:
    """Publish ITEMS frames of the same size to nchan."""
    process = await readers(f"http://127.0.0.1:{port}/v1/stream", "data: ")
    async with aiohttp.ClientSession() as session:
        for position in range(first, first + ITEMS):
            body = json.dumps(item(position), ensure_ascii=False)
            async with session.post(f"http://127.0.0.1:{port}/publish", data=body) as answer:
                answer.raise_for_status()
    return await rate(process)


async def main(rounds: int) -> None:
    """Both in turn, on a ground of its own."""
    rates: dict[str, list[float]] = {"notifier": [], "nchan": []}
    async with ground() as here:
        await here.start("registry")  # publishes the directory, then leaves the processor to the readers
        await here.start("notifier")
        await here.stop("registry")
        folder = here.layout.own / "nchan"
        folder.mkdir(mode=0o777)
        template = (CHECKOUT / "bench" / "peers" / "nchan.conf").read_text()
        port = here.state.ports.url
        configuration = folder / "nginx.conf"
        configuration.write_text(template.format(modules=MODULES, folder=folder, port=port))
        here.keep("nchan", "/usr/sbin/nginx", "-c", str(configuration), "-p", str(folder))
        await answers(port)
        first = 1
        for number in range(rounds + 1):
            notifier = await notifier_rate(here, first)
            first += ITEMS
            nchan = await nchan_rate(port, first)
            if number:  # the first round warms up
                rates["notifier"].append(notifier)
                rates["nchan"].append(nchan)
            print(f"{time.strftime('%H:%M:%S')} notifier {notifier:,.0f}, nchan {nchan:,.0f}", flush=True)
    base = median(rates["nchan"])
    rows = [
        [name, f"{median(seen):,.0f}", f"{min(seen):,.0f}–{max(seen):,.0f}", f"{median(seen) / base:.2f} ×"]
        for name, seen in rates.items()
    ]
    show(f"Deliveries per second, {READERS:,} readers", ["", "median", "range", "ratio"], rows)


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
