"""A canary now and then while nothing else is sent: so silence on the feed is quiet, and not a fault."""

import asyncio

import structlog

from services.ingest.publisher import NoticePublisher
from shared import metrics
from shared.broker import sleep
from shared.lifecycle import READY, Readiness
from shared.notices.canary import Canary
from shared.problems import Problem

log = structlog.get_logger()


class Canaries:
    """Sends one after so many seconds without a live notice; a lost one is not sent again: others follow."""

    name = "ingest.canary"

    def __init__(self, publisher: NoticePublisher, environment: str, idle_seconds: float) -> None:
        self._publisher = publisher
        self._environment = environment
        self._idle_seconds = idle_seconds

    def readiness(self) -> Readiness:
        """Always: whether the way is open is said by those who stand along it."""
        return READY

    async def run(self, stop: asyncio.Event) -> None:
        """Send until *stop*."""
        while not stop.is_set():
            left = self._idle_seconds - self._publisher.idle_seconds()
            if left > 0:
                await sleep(left, stop)
            else:
                await self._send()

    async def _send(self) -> None:
        canary = Canary.now(self._environment)
        metrics.CANARY_SENT.inc()
        try:
            await self._publisher.send_canary(canary)
        except Problem as problem:
            log.warning("canary_not_sent", why=type(problem).__name__)
            return
        metrics.canary_reached("accepted", canary.age_seconds())
