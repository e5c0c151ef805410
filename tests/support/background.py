"""An event loop that goes on turning between the steps of a test that is not asynchronous itself."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

PATIENCE_SECONDS: Final = 600.0


class BackgroundLoop:
    """A loop in a thread of its own: proxies pass on and readers read while the test thinks."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="background loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Result], within_seconds: float = PATIENCE_SECONDS) -> Result:
        """What *coroutine* returns; TimeoutError, and its end, if that takes too long."""

        async def bounded() -> Result:
            async with asyncio.timeout(within_seconds):
                return await coroutine

        return asyncio.run_coroutine_threadsafe(bounded(), self._loop).result()

    def close(self) -> None:
        """End the loop; whatever runs in it must have ended."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
