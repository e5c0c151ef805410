"""A house with an organisation in it, and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.registry.network import roster
from tests.browser.house import House, housed
from tests.support.servers import Vhost

UNIVERSITY = "org-universidade-ficticia"
NAME = "Universidade Fictícia das Gerais"


@pytest.fixture
async def house(vhost: Vhost, database: str) -> AsyncIterator[House]:
    """The three services, and a university of the network."""
    async with housed(vhost, database) as found:
        connection = await asyncpg.connect(database, timeout=10)
        await roster.add_organisation(connection, UNIVERSITY, NAME)
        await connection.close()
        yield found
