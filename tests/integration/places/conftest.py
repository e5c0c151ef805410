"""A registry to ask over HTTP, and somebody who has notices registered in its database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.registry import Registry, Teller, running_registry, telling


@pytest.fixture
async def registry(database: str) -> AsyncIterator[Registry]:
    """A registry over a fresh database."""
    async with running_registry(database) as found:
        yield found


@pytest.fixture
async def teller(database: str) -> AsyncIterator[Teller]:
    """Somebody who has notices registered in the same database."""
    async with telling(database) as found:
        yield found
