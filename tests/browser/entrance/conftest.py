"""A house, a browser, a letter."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from playwright.async_api import Browser

from services.registry.network import invitations
from tests.browser.house import House, browsing, housed
from tests.support.house import SESSION_KEY
from tests.support.registry import BELO_HORIZONTE
from tests.support.servers import Vhost


@pytest.fixture
async def house(vhost: Vhost, database: str) -> AsyncIterator[House]:
    """The three services."""
    async with housed(vhost, database) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with browsing() as found:
        yield found


@pytest.fixture
async def code(house: House) -> str:
    """The code of a letter to Belo Horizonte."""
    connection = await asyncpg.connect(house.database_url, timeout=10)
    try:
        await invitations.invite(connection, SESSION_KEY, [BELO_HORIZONTE], by=None)
        (letter,) = await invitations.letters(connection, SESSION_KEY)
    finally:
        await connection.close()
    return letter.code
