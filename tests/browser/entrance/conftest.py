"""A house, a browser, a letter."""

from __future__ import annotations

import asyncpg
import pytest

from services.registry.network import invitations
from tests.browser.house import House
from tests.support.house import SESSION_KEY
from tests.support.registry import BELO_HORIZONTE


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
