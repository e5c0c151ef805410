"""Promises 1 to 3: whatever process dies, and whenever."""

import asyncio
import random
import signal

from deploy.local.services import NAMES
from tests.support.world import World, eventually, traffic

ROUNDS = 5


async def test_no_202_is_lost_when_services_are_killed_under_load(malha: World) -> None:
    """Random moments, many rounds: a process may die between any two instructions."""
    chance = random.Random(20261121)  # noqa: S311 a repeatable choice of moments
    async with traffic(malha, "killed"):
        for _ in range(ROUNDS):
            for service in chance.sample(NAMES, k=3):
                await asyncio.sleep(chance.uniform(0.1, 0.8))
                malha.kill(service)
            await malha.all_ready()


async def test_batches_are_all_or_unknown_when_ingest_is_killed(malha: World) -> None:
    """A batch that was not answered is sent again whole, and has its effect once."""
    async with traffic(malha, "batches", workers=4, batch=50, per_second=10):
        for _ in range(3):
            await asyncio.sleep(0.5)
            malha.kill("ingest")
            await malha.all_ready()


async def test_sigterm_in_the_middle_of_a_batch_finishes_it(malha: World) -> None:
    """A deploy asks politely: intake stops, what is in hand is finished, nothing is left half done."""
    async with traffic(malha, "sigterm", workers=4, batch=100, per_second=5):
        for service in ("registry", "ingest", "notifier", "registry"):
            await asyncio.sleep(0.4)
            malha.kill(service, signal.SIGTERM)
            await malha.all_ready()


async def test_a_second_registry_takes_over_when_the_first_is_killed(malha: World) -> None:
    """Two registries share the work; when one dies, the other registers and publishes by itself."""
    second = await malha.second_registry()
    async with traffic(malha, "takeover") as load:
        await malha.stop_at_once("registry")
        accepted = len(load.accepted)

        async def goes_on() -> bool:
            head = await malha.sql("SELECT count(*) FROM entry WHERE protocol = ANY($1)", list(load.accepted))
            return int(str(head)) > accepted

        await eventually(goes_on, "the second registry registers what comes")
        malha.start("registry")
    await malha.stop(second)


async def test_everything_killed_at_once_comes_back_complete(malha: World) -> None:
    """A power cut: all services, the broker and the database in the same moment."""
    async with traffic(malha, "power"):
        await asyncio.sleep(0.5)
        for program in ("ingest", "registry", "notifier", "rabbitmq", "postgres"):
            malha.kill(program)
        await malha.all_ready()
        await asyncio.sleep(0.5)
