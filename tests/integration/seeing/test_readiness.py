"""Readiness tells the truth about each dependency: lost ones are named, by the service that lost them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.street import Street
from tests.support.world import eventually

AWAY = {
    "ingest": {"malha-ingest publish"},
    "notifier": {"notifier.intake"},
}
OF_THE_DATABASE = {"registry.backlog", "registry.reads", "registry.publisher"}


async def not_ready(way: Street, name: str) -> set[str]:
    """The parts of a service that say that they are not."""
    return {part for part, state in (await way.parts(name)).items() if not state["ok"]}


@asynccontextmanager
async def away(way: Street, name: str) -> AsyncIterator[None]:
    """That link is lost for the block; after it everything is well again."""
    link = way.links[name]
    link.refuse()
    link.cut()
    try:
        yield
    finally:
        await link.accept()
        await way.ready()


async def test_a_lost_database_is_named_by_the_registry_and_by_nobody_else(way: Street) -> None:
    """Even while nothing is asked of it; the others do without and say that they are well."""

    async def names_it() -> bool:
        return await not_ready(way, "registry") >= OF_THE_DATABASE

    async with away(way, "database"):
        await eventually(names_it, "the registry names the database")
        parts = await way.parts("registry")
        assert all("PostgreSQL" in parts[name]["detail"] for name in OF_THE_DATABASE)
        for name in ("ingest", "notifier"):
            await eventually(way.processes[name].says_that_it_is_ready, f"{name} is well")


@pytest.mark.parametrize("name", AWAY)
async def test_a_lost_broker_is_named_by_who_lost_it(way: Street, name: str) -> None:
    """Each service speaks of its own line to RabbitMQ, and of no more."""

    async def names_it() -> bool:
        return await not_ready(way, name) == AWAY[name]

    async def keeps_what_it_knows() -> bool:
        """It has a line of its own, and hears of its loss by itself."""
        return "is kept" in ((await way.parts(name))["directory"]["detail"] or "")

    async with away(way, name):
        await eventually(names_it, f"{name} names {AWAY[name]}")
        await eventually(keeps_what_it_knows, f"{name} keeps the directory")
        assert (await way.parts(name))["directory"]["ok"]  # who may speak is known as it was
        await eventually(way.processes["registry"].says_that_it_is_ready, "the registry is well")
