"""Connections to RabbitMQ that come back by themselves, whichever node serves.

Everything that waits has a deadline. The library's errors are translated here and nowhere else.
"""

import asyncio
import itertools
import random
import time
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractConnection

from shared import metrics, tls
from shared.addresses import each_host
from shared.lifecycle import Readiness

log = structlog.get_logger()

HEARTBEAT_SECONDS = 10
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 2.0
BACKOFF_SECONDS = (0.1, 5.0)
STEADY_SECONDS = 1.0

CONNECTION_ERRORS: tuple[type[Exception], ...] = (*aio_pika.exceptions.CONNECTION_EXCEPTIONS, TimeoutError)
_LIBRARIES = {"aio_pika", "aiormq", "pamqp", "asyncio"}

Session = Callable[[AbstractConnection, asyncio.Event], Coroutine[Any, Any, None]]
"""Works with one connection: returns when the event is set and all is done; is cancelled when it ends."""
OnState = Callable[[Readiness], None]


async def keep_connected(
    url: str, name: str, session: Session, stop: asyncio.Event, on_state: OnState
) -> None:
    """Run *session* on a connection called *name*, again and again, until *stop* is set.

    Plain connections on purpose: the library's robust ones restore consumers at their first stream offset and
    hide what was lost. Pauses between attempts grow from 0.1 to 5 s, jittered, and begin anew once a
    connection has lasted a second. A fault of our own propagates.
    """
    least, most = BACKOFF_SECONDS
    pause = least
    lost = metrics.BROKER_CONNECTIONS_LOST.labels(name)  # 0 from the beginning: so the first loss is seen
    # Any node of a cluster serves. Those who lost one together spread over the others.
    nodes = itertools.cycle(sorted(each_host(url), key=lambda _: random.random()))  # noqa: S311 (no secret)
    while not stop.is_set():
        began = time.monotonic()
        was_up = False
        why = "connection ended"
        try:
            async with connected(next(nodes), name) as connection:
                was_up = True
                metrics.BROKER_CONNECTED.labels(name).set(1)
                log.info("broker_connected", connection=name)
                await _run_until_lost(connection, session, stop)
        except Exception as error:
            if not is_of_the_line(error):
                raise
            why = tls.explained(error) or str(error) or type(error).__name__
        finally:
            metrics.BROKER_CONNECTED.labels(name).set(0)
        if stop.is_set():
            return
        if was_up:
            lost.inc()
        on_state(Readiness(ok=False, detail=f"RabbitMQ: {why}"))
        if time.monotonic() - began > STEADY_SECONDS:
            pause = least
        log.warning("broker_connection_lost", connection=name, why=why, retry_seconds=round(pause, 3))
        await sleep(pause * random.uniform(0.5, 1.0), stop)  # noqa: S311 (jitter is no secret)
        pause = min(pause * 2, most)


def is_of_the_line(error: Exception) -> bool:
    """Whether *error* says that the line is lost: what is a fault of our own would come back for ever.

    The library also ends what waits with a bare Exception, and raises RuntimeError as our mistakes do.
    """
    if isinstance(error, RuntimeError) and not isinstance(error, aiormq.exceptions.ChannelInvalidStateError):
        *_, (innermost, _) = traceback.walk_tb(error.__traceback__)
        return str(innermost.f_globals.get("__name__")).partition(".")[0] in _LIBRARIES
    return type(error) is Exception or isinstance(error, CONNECTION_ERRORS)


async def sleep(seconds: float, stop: asyncio.Event) -> None:
    """Wait *seconds*, or less if *stop* is set meanwhile."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """A connection called *name* for the block; TimeoutError or one of CONNECTION_ERRORS without it."""
    *firsts, last = each_host(url)
    connection = None
    for node in firsts:
        with suppress(*CONNECTION_ERRORS):  # the last one's error is told
            connection = await _open(node, name)
            break
    connection = connection or await _open(last, name)
    try:
        yield connection
    finally:
        closing = asyncio.ensure_future(connection.close())
        await asyncio.wait({closing}, timeout=CLOSE_SECONDS)  # a frozen peer never says close-ok
        if not closing.done():
            closing.cancel()
            await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
        if closing.done() and not closing.cancelled():
            closing.exception()


async def _open(url: str, name: str) -> AbstractConnection:
    async with asyncio.timeout(CONNECT_SECONDS):
        return await aio_pika.connect(
            url, heartbeat=HEARTBEAT_SECONDS, client_properties={"connection_name": name}
        )


async def _run_until_lost(connection: AbstractConnection, session: Session, stop: asyncio.Event) -> None:
    lost = asyncio.Event()
    connection.close_callbacks.add(lambda *_: lost.set())
    working = asyncio.create_task(session(connection, stop))
    losing = asyncio.create_task(lost.wait())
    try:
        await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        losing.cancel()
        working.cancel()
        # The library rejects what is pending with CancelledError: an end of *working* that we did not ask for
        # is a lost connection, not our cancellation. wait() keeps the two apart.
        await asyncio.wait({working})
    if not working.cancelled() and (error := working.exception()) is not None:
        raise error
