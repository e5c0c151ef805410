"""One address that names several servers: the first may be frozen, or refuse."""

import asyncio

from aio_pika.abc import AbstractConnection
from yarl import URL

from shared import topology
from shared.broker import connected, keep_connected
from shared.database import CONNECT_SECONDS, Database
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.servers import PASSWORDS, Vhost


def both(first: FaultProxy, url: str) -> str:
    """The address of the server at *url*: behind the line *first*, or straight."""
    host = URL(url).authority.rpartition("@")[2]
    return url.replace(host, f"127.0.0.1:{URL(first.url).port},{host}", 1)


async def test_a_frozen_first_server_leaves_time_for_the_second(database: str) -> None:
    """And is not asked first again, once another has served."""
    async with fault_proxy(database) as first:
        first.pause()
        several = Database(both(first, database), "test")
        async with several.connection(CONNECT_SECONDS) as connection, several.connection() as other:
            assert await connection.fetchval("SELECT 1") == await other.fetchval("SELECT 1")
        assert first.opened <= 1
        await several.close()


async def test_a_node_that_refuses_leads_to_the_next(vhost: Vhost) -> None:
    """Whoever keeps a connection, and whoever looks once."""
    async with fault_proxy(vhost.amqp_url) as first:
        first.refuse()
        url = both(first, vhost.amqp_url)
        reached, stop = asyncio.Event(), asyncio.Event()

        async def session(connection: AbstractConnection, _: asyncio.Event) -> None:
            assert not connection.is_closed
            reached.set()
            stop.set()

        async with asyncio.timeout(60):
            await keep_connected(url, "test", session, stop, lambda _: None)
            async with connected(url, "test") as connection:
                assert not connection.is_closed
        assert reached.is_set()


async def test_management_of_whichever_node_answers(vhost: Vhost) -> None:
    """`malha topology` works while a node is away."""
    async with fault_proxy(vhost.management_url) as first:
        first.refuse()
        url = both(first, vhost.management_url)
        await topology.apply(url, vhost.name, PASSWORDS)
        assert await topology.check(url, vhost.name) == []
