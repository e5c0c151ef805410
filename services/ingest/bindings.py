"""Whether what ingest publishes reaches the registry's queues.

The journal alone satisfies `mandatory`, so a queue that lost its binding would show nowhere else. AMQP cannot
read bindings: RabbitMQ's management API is asked instead.
"""

import asyncio
import itertools

import structlog
from yarl import URL

from shared.addresses import each_host
from shared.broker import sleep
from shared.lifecycle import READY, Readiness
from shared.topology import (
    HOME_QUEUES,
    ManagementRefusedError,
    ManagementUnreachableError,
    bound_queues,
    vhost_of,
)

log = structlog.get_logger()

CHECK_SECONDS = 2.0


class Bindings:
    """Asks every 2 s. One that does not answer changes nothing; with one that refuses, not ready."""

    name = "ingest.bindings"

    def __init__(self, management_url: str, amqp_url: str) -> None:
        broker = URL(each_host(amqp_url)[0])
        self._nodes = itertools.cycle(
            str(URL(node).with_user(broker.user).with_password(broker.password))
            for node in each_host(management_url)
        )
        self._node = next(self._nodes)
        self._vhost = vhost_of(amqp_url)
        self.missing: frozenset[str] = frozenset()
        self._state = Readiness(ok=False, detail="RabbitMQ: the queues' bindings have not been checked yet")

    async def run(self, stop: asyncio.Event) -> None:
        """Check until *stop*."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    bound = await bound_queues(self._node, self._vhost)
            except (ManagementUnreachableError, TimeoutError) as error:
                log.warning("bindings_not_checked", why=str(error))
                self._node = next(self._nodes)
            except ManagementRefusedError as error:
                log.warning("bindings_not_checked", why=str(error))
                self._state = Readiness(
                    ok=False, detail="RabbitMQ: its management API refuses to show the bindings"
                )
            else:
                self._found(HOME_QUEUES - bound)
            await sleep(CHECK_SECONDS, stop)

    def readiness(self) -> Readiness:
        """Ready when the last check that was answered found both queues bound."""
        return self._state

    def _found(self, missing: frozenset[str]) -> None:
        if not missing:
            self._state = READY
        else:
            names = ", ".join(sorted(missing))
            self._state = Readiness(ok=False, detail=f"RabbitMQ: not bound to the exchange notices: {names}")
            log.error("queues_not_bound", queues=names)
        self.missing = missing
