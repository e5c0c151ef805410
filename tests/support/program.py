"""The smallest service there is, as a program: for tests of how programs start and end."""

import asyncio
import sys

from aiohttp import web

from shared.lifecycle import PARTS, READY, STOPPING, Readiness
from shared.program import main
from shared.settings import ServiceSettings


class _Failing:
    name = "demo.failing"

    async def run(self, stop: asyncio.Event) -> None:
        """Fail, as a part with a fault of ours would."""
        async with asyncio.timeout(0.1):
            await stop.wait()

    def readiness(self) -> Readiness:
        """Ready until then."""
        return READY


async def _slow(request: web.Request) -> web.Response:
    sys.stdout.write("asked\n")
    sys.stdout.flush()
    await request.app[STOPPING].wait()
    await asyncio.sleep(0.3)
    return web.Response(text="done")


def install(app: web.Application, _settings: ServiceSettings) -> None:
    """A door that answers a moment after the end has begun, and a part that fails if asked for."""
    app.router.add_get("/slow", _slow)
    if "fail" in sys.argv:
        app[PARTS].append(_Failing())


if __name__ == "__main__":
    main((ServiceSettings, install))
