"""Operators, the registry's part that does as they order, and a database."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.registry.dead import orders
from services.registry.dead.carrying import Orders
from services.registry.dead.orders import Order
from shared.database import Database
from tests.support.registered import Sql
from tests.support.servers import Vhost
from tests.support.world import eventually

Ended = Callable[[int], Awaitable[Order]]
ANA, BIA = "person aaaaaaaaaaaaaaaa", "person bbbbbbbbbbbbbbbb"


@pytest.fixture
async def leads(database: str) -> AsyncIterator[Database]:
    """The pool that leading parts use."""
    pool = Database(database, "test leads", most_connections=4)
    yield pool
    await pool.close()


@pytest.fixture
def carrier(vhost: Vhost, leads: Database) -> Orders:
    """The part, with no more than the registry's rights."""
    return Orders(vhost.url_of("registry"), leads)


@pytest.fixture
def ended(sql: Sql) -> Ended:
    """Waits until an order is over."""

    async def wait(order: int) -> Order:
        async def is_over() -> bool:
            found = await orders.one(sql, order)
            return found is not None and found.ended_at is not None

        await eventually(is_over, f"order {order} is over")
        found = await orders.one(sql, order)
        assert found is not None
        return found

    return wait
