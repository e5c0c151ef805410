"""Whether what ingest publishes reaches the registry's queues, and how much waits there.

The journal alone satisfies `mandatory`, so a queue that lost its binding would show nowhere else. AMQP cannot
read bindings: RabbitMQ's management API is asked instead.
"""

import asyncio
import itertools
import math
import time
from collections.abc import Callable

import structlog
from yarl import URL

from shared.addresses import each_host
from shared.broker import sleep
from shared.lifecycle import READY, Readiness
from shared.topology import (
    HOME_QUEUES,
    Depth,
    ManagementRefusedError,
    ManagementUnreachableError,
    bound_queues,
    depth_of,
    vhost_of,
)

log = structlog.get_logger()

CHECK_SECONDS = 2.0
COUNTED_SECONDS = 30.0
"""What was counted longer ago says nothing of now: nothing is put off because of it."""


class Bindings:
    """Asks every 2 s. One that does not answer changes nothing; with one that refuses, not ready."""

    name = "ingest.bindings"

    def __init__(
        self, management_url: str, amqp_url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """The user is that of *amqp_url*; *clock* is for tests."""
        broker = URL(each_host(amqp_url)[0])
        self._nodes = itertools.cycle(
            str(URL(node).with_user(broker.user).with_password(broker.password))
            for node in each_host(management_url)
        )
        self._node = next(self._nodes)
        self._vhost = vhost_of(amqp_url)
        self.missing: frozenset[str] = frozenset()
        self._clock = clock
        self._depths: dict[str, Depth] = {}
        self._counted_at = -math.inf
        self._state = Readiness(ok=False, detail="RabbitMQ: the queues' bindings have not been checked yet")
        self._was_answered = False

    async def run(self, stop: asyncio.Event) -> None:
        """Check until *stop*."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    bound = await bound_queues(self._node, self._vhost)
                    self._found(HOME_QUEUES - bound)
                    self._depths = {
                        queue: await depth_of(self._node, self._vhost, queue) for queue in HOME_QUEUES & bound
                    }
                    self._counted_at = self._clock()
            except (ManagementUnreachableError, TimeoutError) as error:
                log.warning("bindings_not_checked", why=str(error))
                self._node = next(self._nodes)
                if not self._was_answered and isinstance(error, ManagementUnreachableError):
                    self._state = Readiness(ok=False, detail=str(error))
            except ManagementRefusedError as error:
                log.warning("bindings_not_checked", why=str(error))
                self._state = Readiness(
                    ok=False, detail="RabbitMQ: its management API refuses to show the bindings"
                )
            await sleep(CHECK_SECONDS, stop)

    def readiness(self) -> Readiness:
        """Ready when the last check that was answered found both queues bound."""
        return self._state

    def fullest_share(self) -> float:
        """How full the fuller of both queues is: at 1 the broker takes no more for it; 0 if unknown."""
        if self._clock() - self._counted_at > COUNTED_SECONDS:
            return 0.0
        return max((depth.share for depth in self._depths.values()), default=0.0)

    def _found(self, missing: frozenset[str]) -> None:
        self._was_answered = True
        if not missing:
            self._state = READY
        else:
            names = ", ".join(sorted(missing))
            self._state = Readiness(ok=False, detail=f"RabbitMQ: not bound to the exchange notices: {names}")
            log.error("queues_not_bound", queues=names)
        self.missing = missing
