"""What a deploy does, and what an evil spirit would do, to all of it."""

import random
import signal

from deploy.local.services import ready
from tests.support.cluster import NODES
from tests.support.grand import REPLICAS, GrandWorld
from tests.support.world import eventually, traffic

ROUNDS = 12


async def test_every_process_is_restarted_one_after_the_other(malha: GrandWorld) -> None:
    """A deploy under load: the others go on meanwhile, no reader loses its place."""
    async with traffic(malha, "rolling") as load:
        for service in ("notifier", "registry", "ingest"):
            for name, url in zip(REPLICAS[service], malha.urls(service), strict=True):
                await _restart(malha, name, url, signal.SIGTERM)
                accepted = len(load.accepted)
                await eventually(lambda wanted=accepted + 20: load.has(wanted), "it goes on")  # type: ignore[misc]


async def test_whatever_happens_to_whomever(malha: GrandWorld) -> None:
    """Processes and nodes are killed in any order, more than one at a time, with a failover between them."""
    chance = random.Random(20261122)  # noqa: S311 a repeatable choice of victims
    processes = [
        (name, url)
        for service, names in REPLICAS.items()
        for name, url in zip(names, malha.urls(service), strict=True)
    ]
    async with traffic(malha, "anything", per_second=80) as load:
        for number in range(ROUNDS):
            victims = chance.sample(processes, k=chance.randint(1, 4))
            for name, _ in victims:
                malha.kill(name, chance.choice((signal.SIGKILL, signal.SIGTERM)))
            if number % 4 == 1:
                malha.cluster.kill(chance.choice(NODES))
            if number == ROUNDS // 2:
                await malha.pair.fail_over()
            accepted = len(load.accepted)
            await eventually(lambda wanted=accepted + 20: load.has(wanted), "it goes on", 120)  # type: ignore[misc]
            for _, url in victims:
                await eventually(lambda url=url: ready(url), f"{url} is ready", 120)  # type: ignore[misc]
            await eventually(malha.cluster.is_whole, "the node is back", 120)


async def _restart(malha: GrandWorld, name: str, url: str, number: signal.Signals) -> None:
    before = malha.supervisor.pids[name]
    malha.kill(name, number)
    await eventually(lambda: malha.has_new(name, before), f"{name} is another process")
    await eventually(lambda: ready(url), f"{name} is ready")
