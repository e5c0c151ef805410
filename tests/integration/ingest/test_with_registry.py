"""Ingest and the real registry: what a sender that waits is told."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.registry import app as registry
from services.registry.network import keys
from services.registry.settings import Settings as RegistrySettings
from shared.lifecycle import build_app
from shared.settings import load
from tests.integration.ingest.conftest import CITY, event
from tests.support.house import SESSION_KEY, serving
from tests.support.registry import connected
from tests.support.servers import Vhost

READY_SECONDS = 30


@pytest.fixture
async def city_hall(vhost: Vhost, database: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A city hall's session with both services, ready; it waits for the registry's answer."""
    async with connected(database) as connection:
        key = await keys.issue_key(connection, "test", CITY, "member", "")
    environ = {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_PUBLIC_URL": "https://malha.example",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_DATABASE_URL": database,
        "MALHA_AMQP_MANAGEMENT_URL": vhost.management_url,
        "MALHA_INGEST_AMQP_URL": vhost.url_of("ingest"),
        "MALHA_REGISTRY_AMQP_URL": vhost.url_of("registry"),
    }
    app = build_app("test")
    ingest.install(app, load(IngestSettings, environ))
    registry.install(app, load(RegistrySettings, environ))
    headers = {"Authorization": f"Bearer {key}", "Prefer": "wait=30", "Content-Type": "application/json"}
    async with serving(app) as url, aiohttp.ClientSession(url, headers=headers) as http:
        async with asyncio.timeout(READY_SECONDS):
            while (await http.get("/healthz/ready")).status != 200:  # noqa: ASYNC110 - it is asked of a program
                await asyncio.sleep(0.05)
        yield http


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
