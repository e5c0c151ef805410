"""How long a question takes, at a million agreements and at ten thousand, in one run.

    python -m bench.questions MILLION_URL TEN_THOUSAND_URL [REQUESTS]

Both databases come from `bench.million` (2000 500, and 2000 5). The registry that answers is a process of its
own; times are the client's, over loopback, one request after the other, the two databases in turn.
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable
from typing import Final

import aiohttp
from aiohttp import web

from bench.ground import answers, percentile, show
from bench.million import COUNTRIES, INSTRUMENTS, NOUNS, made_up
from deploy.local.layout import LOOPBACK
from services.registry.app import install
from services.registry.settings import Settings
from shared import data
from shared.accounts import ApiKey
from shared.directory import FOLLOWER, Directory, Key
from shared.lifecycle import build_app
from shared.notices.canonical import base64url

PORTS: Final = {"1,000,000": 28531, "10,000": 28532}
TOWNS: Final = tuple(data.municipalities())
THEMES: Final = tuple(row["code"] for row in data.code_tables()["themes"])
REGIONS: Final = tuple(sorted({town.mesoregion for town in data.municipalities().values()}))
STATES: Final = ("in_force", "negotiating", "expired", "signed")
draw = random.Random(853)

QUESTIONS: Final[dict[str, Callable[[], str]]] = {
    "one click, any city": lambda: f"/v1/members/{draw.choice(TOWNS)}",
    "one click, the largest": lambda: "/v1/members/3106200",
    "one click, at the end of 2025, as known in June": lambda: (
        f"/v1/members/{draw.choice(TOWNS)}?as_of=2025-12-31&known_at=2026-06-01"
    ),
    "all members, a page": lambda: "/v1/members?limit=100",
    "agreements": lambda: "/v1/agreements",
    "member": lambda: f"/v1/agreements?member={draw.choice(TOWNS)}",
    "country": lambda: f"/v1/agreements?country={draw.choice(COUNTRIES)}",
    "theme": lambda: f"/v1/agreements?theme={draw.choice(THEMES)}",
    "sdg": lambda: f"/v1/agreements?sdg={draw.randrange(1, 18)}",
    "instrument": lambda: f"/v1/agreements?instrument={draw.choice(INSTRUMENTS)}",
    "state": lambda: f"/v1/agreements?state={draw.choice(STATES)}",
    "mesoregion": lambda: f"/v1/agreements?mesoregion={draw.choice(REGIONS)}",
    "gate": lambda: "/v1/agreements?gate=federal:consulted:MRE",
    "expires_before": lambda: "/v1/agreements?expires_before=2027-02-19",
    "member, country, theme, state": lambda: (
        f"/v1/agreements?member={draw.choice(TOWNS)}&country={draw.choice(COUNTRIES)}"
        f"&theme={draw.choice(THEMES)}&state=in_force"
    ),
    "country, theme, state": lambda: (
        f"/v1/agreements?country={draw.choice(COUNTRIES)}&theme={draw.choice(THEMES)}&state=in_force"
    ),
    "country, as of 2020": lambda: f"/v1/agreements?country={draw.choice(COUNTRIES)}&as_of=2020-12-31",
    "country, as known in June": lambda: (
        f"/v1/agreements?country={draw.choice(COUNTRIES)}&known_at=2026-06-01T12:00:00Z"
    ),
    "missing": lambda: "/v1/agreements?missing=objectives",
    "search, a common word": lambda: f"/v1/agreements?q={draw.choice(NOUNS)}",
    "search, a rare word": lambda: f"/v1/agreements?q={made_up(draw.randrange(10_000))}",
    "search, two words": lambda: f"/v1/agreements?q={draw.choice(NOUNS)}+{draw.choice(NOUNS)}",
    "search, a typing error": lambda: f"/v1/agreements?q={_mistyped(draw.choice(NOUNS))}",
    "search, a rare typing error": lambda: f"/v1/agreements?q={_mistyped(made_up(draw.randrange(10_000)))}",
    "search and country": lambda: f"/v1/agreements?q={draw.choice(NOUNS)}&country={draw.choice(COUNTRIES)}",
    "one agreement's history": lambda: "",
    "statistics by country": lambda: "/v1/statistics?by=country",
    "statistics by month": lambda: "/v1/statistics?by=month",
    "statistics by mesoregion": lambda: "/v1/statistics?by=mesoregion",
}
SLOW: Final = "statistics"


def _mistyped(word: str) -> str:
    at = len(word) // 2
    return word[:at] + word[at + 1 :]


async def serve(url: str, port: int) -> None:
    """A registry over *url* whose parts do not run, for ever."""
    app = build_app("test")
    install(
        app,
        Settings(
            environment="test",
            amqp_url="amqp://nobody@127.0.0.1:1/none",
            public_url="http://bench.test",
            session_key="A" * 43 + "=",
            database_url=url,
        ),
    )
    key = ApiKey.parse(sys.argv[4])
    assert key is not None
    known = Key(id=key.id, digest=base64url(key.digest), role="office", member="31")
    app[FOLLOWER].current = Directory(version=1, environment="test", keys=(known,))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    await asyncio.Event().wait()


async def ask(session: aiohttp.ClientSession, port: int, path: str) -> float:
    """Milliseconds until the whole answer was there."""
    began = time.perf_counter()
    async with session.get(f"http://{LOOPBACK}:{port}{path}") as answer:
        body = await answer.read()
    took = (time.perf_counter() - began) * 1_000
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} {path} {body[:300]!r}")
    return took


async def main(urls: tuple[str, str], requests: int) -> None:
    """Ask everything of both, in turn."""
    key = ApiKey.issue("test")
    servers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.questions", "serve", url, str(port), str(key)
        )
        for url, port in zip(urls, PORTS.values(), strict=True)
    ]
    rows = []
    try:
        for port in PORTS.values():
            await answers(port)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:
            some = await session.get(f"http://{LOOPBACK}:{PORTS['10,000']}/v1/agreements")
            found = [item["id"] for item in (await some.json())["items"]]
            QUESTIONS["one agreement's history"] = lambda: f"/v1/agreements/{draw.choice(found)}/history"
            for name, question in QUESTIONS.items():
                times: dict[str, list[float]] = {size: [] for size in PORTS}
                count = 5 if name.startswith(SLOW) else requests
                for _ in range(count + 5):
                    path = question()
                    for size, port in PORTS.items():
                        times[size].append(await ask(session, port, path))
                million, few = times["1,000,000"][5:], times["10,000"][5:]
                p50, p99 = percentile(million, 50), percentile(million, 99)
                rows.append(
                    [name, f"{p50:.1f}", f"{p99:.1f}", f"{percentile(few, 50):.1f}",
                     f"{percentile(few, 99):.1f}", f"{p50 / percentile(few, 50):.2f} ×"]
                )  # fmt: skip
                print(rows[-1], flush=True)
    finally:
        for server in servers:
            server.terminate()
            await server.wait()
    show(
        "Questions, ms",
        ["", "p50 at 1,000,000", "p99", "p50 at 10,000", "p99", "ratio of p50"],
        rows,
    )


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve(sys.argv[2], int(sys.argv[3])))
    else:
        asyncio.run(main((sys.argv[1], sys.argv[2]), int((*sys.argv, "200")[3])))
