"""Whether what ingest publishes reaches the registry's queues, and how long the one for live notices is.

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
    waiting_messages,
)

log = structlog.get_logger()

CHECK_SECONDS = 2.0
LIVE = "registry.live"
BEHIND_MESSAGES = 5_000
ABREAST_MESSAGES = 500
"""Registered within a moment; what lies between the two marks changes nothing."""


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
        self.is_behind = False
        """Whether so much waits in registry.live that what is new now would come last.

        The registry is away, or was. Until that is worked off notices wait with history: behind what came
        before them, as they would anyway, but not before what comes after it.
        """
        self._state = Readiness(ok=False, detail="RabbitMQ: the queues' bindings have not been checked yet")

    async def run(self, stop: asyncio.Event) -> None:
        """Check until *stop*."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    bound = await bound_queues(self._node, self._vhost)
                    waiting = await waiting_messages(self._node, self._vhost, LIVE)
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
                self._weigh(waiting)
            await sleep(CHECK_SECONDS, stop)

    def readiness(self) -> Readiness:
        """Ready when the last check that was answered found both queues bound."""
        return self._state

    def _weigh(self, waiting: int) -> None:
        is_behind = waiting > (ABREAST_MESSAGES if self.is_behind else BEHIND_MESSAGES)
        if is_behind != self.is_behind:
            log.warning("live_notices_take_turns", wait_with_history=is_behind, waiting=waiting)
        self.is_behind = is_behind

    def _found(self, missing: frozenset[str]) -> None:
        if not missing:
            self._state = READY
        else:
            names = ", ".join(sorted(missing))
            self._state = Readiness(ok=False, detail=f"RabbitMQ: not bound to the exchange notices: {names}")
            log.error("queues_not_bound", queues=names)
        self.missing = missing
