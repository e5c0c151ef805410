"""Ingest and the real registry: what a sender that waits is told."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.ingest.conftest import event
from tests.support.composed import composed
from tests.support.servers import Vhost


@pytest.fixture
async def city_hall(vhost: Vhost, database: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A city hall's session with both services, ready; it waits for the registry's answer."""
    async with composed(vhost, database, MALHA_AMQP_MANAGEMENT_URL=vhost.management_url) as found:
        found.http.headers.update({"Prefer": "wait=30", "Content-Type": "application/json"})
        yield found.http


async def test_registered_then_repeated_then_in_conflict(city_hall: aiohttp.ClientSession) -> None:
    """The same notice is the same 201, however often and however it is sent; another content is 409."""
    async with city_hall.post("/v1/notices", json=event(time="2026-03-09T12:00:00Z")) as answer:
        first = await answer.json()
        assert (answer.status, first["status"], first["position"]) == (201, "registered", 1)
    shifted = event(time="2026-03-09T09:00:00-03:00", subject=" PROC-1 ")
    async with city_hall.post("/v1/notices", json=shifted) as answer:
        assert (answer.status, await answer.json()) == (201, first)
    async with city_hall.post("/v1/notices", json=event(subject="PROC-2")) as answer:
        problem = await answer.json(content_type="application/problem+json")
        assert (answer.status, problem["code"]) == (409, "conflict")
        assert problem["protocol"] == first["protocol"]
    async with city_hall.get(f"/v1/receipts/{first['protocol']}") as answer:
        receipt = await answer.json()
        assert receipt["digest"] == first["digest"]
        assert receipt["stages"]["received_at"] == first["received_at"]
        assert receipt["stages"]["registered_at"] == first["registered_at"]
        assert len(receipt["conflicts"]) == 1


async def test_who_does_not_wait_is_registered_all_the_same(city_hall: aiohttp.ClientSession) -> None:
    """A 202 is as good as a 201, only sooner."""
    async with city_hall.post("/v1/notices", json=event(), headers={"Prefer": "respond-async"}) as answer:
        receipt = await answer.json()
        assert answer.status == 202
    async with city_hall.post("/v1/notices", json=event()) as answer:
        later = await answer.json()
        assert (answer.status, later["received_at"]) == (201, receipt["received_at"])
