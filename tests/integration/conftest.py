"""A registry to ask over HTTP, somebody who tells, and the database behind both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.registered import Sql
from tests.support.registry import Registry, Teller, connected, running_registry, telling


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder belongs to its tier."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.integration)


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


@pytest.fixture
async def sql(database: str) -> AsyncIterator[Sql]:
    """A connection of the test's own."""
    async with connected(database) as found:
        yield found
