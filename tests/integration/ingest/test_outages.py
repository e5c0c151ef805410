"""The broker is away, frozen, full or wrongly bound: 503 in time, never a hang, and ingest says so."""

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import aiohttp
import pytest

from tests.integration.ingest.conftest import Ingest, Starter, event, messages_in
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.servers import Vhost
from tests.support.world import eventually


@pytest.fixture
async def proxy(vhost: Vhost) -> AsyncIterator[FaultProxy]:
    """A line to the broker that can fail."""
    async with fault_proxy(vhost.url_of("ingest")) as found:
        yield found


async def unknown_outcome(ingest: Ingest) -> None:
    """A POST is answered with 503 and when to come back, and does not hang."""
    async with asyncio.timeout(60):
        status, problem, headers = await ingest.post(event())
    assert (status, problem["code"]) == (503, "outcome_unknown")
    assert int(headers["Retry-After"]) > 0


async def takes_it_again(ingest: Ingest) -> None:
    """The notice, sent again, is accepted; while the line is made anew it may still have to come again."""

    async def is_taken() -> bool:
        status = (await ingest.post(event()))[0]
        assert status in {202, 503}
        return bool(status == 202)

    await eventually(is_taken, "the notice is accepted")


async def test_a_frozen_broker_is_503_in_time_and_ingest_comes_back_by_itself(
    start: Starter, proxy: FaultProxy
) -> None:
    """Nothing hangs, readiness says so, the same notice sent again is accepted."""
    ingest: Ingest = await start(amqp_url=proxy.url)
    proxy.pause()
    await unknown_outcome(ingest)
    body = await ingest.until_ready(ready=False)
    assert not body["parts"]["malha-ingest publish"]["ok"]
    proxy.resume()
    await ingest.until_ready()
    await takes_it_again(ingest)


async def test_a_broker_that_refuses_is_503_and_keys_stay_known(start: Starter, proxy: FaultProxy) -> None:
    """An old directory is better than none: who was somebody before the outage still is, and learns of it."""
    ingest: Ingest = await start(amqp_url=proxy.url)
    proxy.refuse()
    proxy.cut()
    await ingest.until_ready(ready=False)
    await unknown_outcome(ingest)
    assert (await ingest.post(b"{"))[0] == 400
    await proxy.accept()
    await ingest.until_ready()
    await takes_it_again(ingest)


async def test_a_queue_that_lost_its_binding_is_503_and_not_ready(ingest: Ingest) -> None:
    """The journal alone would take the notice, and nobody would ever register it."""
    async with await aio_pika.connect(ingest.vhost.amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue("registry.live")
        await queue.unbind("notices", "live.#")
        body = await ingest.until_ready(ready=False)
        assert "registry.live" in body["parts"]["ingest.bindings"]["detail"]
        status, problem, headers = await ingest.post(event())
        assert (status, problem["code"]) == (503, "unavailable")
        assert int(headers["Retry-After"]) > 0
        assert (await ingest.post(event(backfill=True)))[0] == 202
        await queue.bind("notices", "live.#")
        await ingest.until_ready()
        assert (await ingest.post(event()))[0] == 202


async def test_a_full_queue_is_503(ingest: Ingest) -> None:
    """The registry is down for days: the sender keeps what the queue does not take."""
    await _set_policy(ingest.vhost, "registry.live", {"max-length": 1, "overflow": "reject-publish"})
    statuses = [(await ingest.post(event(id=str(number))))[0] for number in range(10)]
    assert statuses[0] == 202
    assert statuses[-1] == 503
    batch = [event(id=f"b{number}") for number in range(5)]
    status, problem, _ = await ingest.post(batch, content_type="application/cloudevents-batch+json")
    assert (status, problem["code"]) == (503, "outcome_unknown")
    await messages_in(ingest.vhost, "registry.live", statuses.count(202))


async def _set_policy(vhost: Vhost, queue: str, definition: dict[str, object]) -> None:
    """Bound *queue* by a policy above the topology's own."""
    policy = {"pattern": f"^{queue}$", "apply-to": "queues", "priority": 9, "definition": definition}
    async with aiohttp.ClientSession() as http:
        url = f"{vhost.management_url}/api/policies/{vhost.name}/test-bound"
        async with http.put(url, json=policy) as answer:
            assert answer.status in {201, 204}, await answer.text()
