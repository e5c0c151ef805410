"""Promises 1, 3 and 7 when RabbitMQ restarts, dies, or cannot take more."""

import asyncio
import signal

import aiohttp

from tests.support.world import World, eventually, traffic

PATIENCE_SECONDS = 60


async def test_no_202_is_lost_when_rabbitmq_is_killed(malha: World) -> None:
    """What was confirmed is on disk; what was not is answered with a 503, and sent again."""
    async with traffic(malha, "broker-killed"):
        for number in (signal.SIGKILL, signal.SIGTERM):
            await asyncio.sleep(0.7)
            before = malha.supervisor.pids["rabbitmq"]
            malha.kill("rabbitmq", number)
            await eventually(lambda before=before: malha.has_new("rabbitmq", before), "RabbitMQ is back")  # type: ignore[misc]
            await malha.all_ready()


async def test_a_memory_alarm_is_a_503_in_time_and_loses_nothing(malha: World) -> None:
    """While the alarm is set every publish hangs in the broker; after it all of them are delivered."""
    async with traffic(malha, "alarm") as load:
        await malha.rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1")
        try:
            await eventually(lambda: _blocked(malha), "ingest says that it is blocked")
            # A hang is what this test is against; the bound is generous for a busy machine.
            async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as session:
                answer = await session.post(
                    f"{malha.url('ingest')}/v1/notices",
                    json=load.event("3106200", 999_999_999),
                    headers={"Authorization": f"Bearer {malha.keys['3106200']}"},
                )
                assert answer.status == 503
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.content_type == "application/problem+json"
        finally:
            await malha.rabbitmqctl("set_vm_memory_high_watermark", "0.6")
        await malha.all_ready()


async def _blocked(malha: World) -> bool:
    return not await malha.is_ready("ingest")


async def test_thirty_dropped_connections_with_a_full_prefetch_condemn_nobody(malha: World) -> None:
    """Each dropped connection counts against every message that the consumer held: innocents all."""
    async with traffic(malha, "dropped", workers=4, batch=100, per_second=10):
        for _ in range(30):
            await eventually(lambda: _connected(malha), "the registry is connected again")
            await asyncio.sleep(1.1)  # long enough to be handed a full prefetch, and to be met again at once
            malha.links["registry"].cut()
        await malha.all_ready()


async def _connected(malha: World) -> bool:
    return malha.links["registry"].connections > 0
