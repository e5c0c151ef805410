"""Fixtures of all tiers: servers once for a session, a virtual host and a database for each test."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.servers import (
    Servers,
    Vhost,
    create_template,
    drop_database,
    fresh_database,
    fresh_vhost,
    migrate,
    running_servers,
)

# What lands or rejects a change judges the same examples each time; `make explore` looks for others.
# A slow machine is no fault of the code: nothing is timed, neither a case nor the drawing of it.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", _UNTIMED, derandomize=True)
settings.register_profile("explore", _UNTIMED, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and RabbitMQ, for the whole session."""
    with running_servers() as found:
        yield found


@pytest.fixture(scope="session")
def database_template(servers: Servers) -> Iterator[str]:
    """The name of a migrated database to clone."""
    name = asyncio.run(create_template(servers))
    migrate(servers, name)
    yield name
    asyncio.run(drop_database(servers, name))


@pytest.fixture
async def vhost(servers: Servers) -> AsyncIterator[Vhost]:
    """A fresh virtual host with the topology applied."""
    async with fresh_vhost(servers) as found:
        yield found


@pytest.fixture
async def database(servers: Servers, database_template: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated database."""
    async with fresh_database(servers, database_template) as url:
        yield url
