"""Ingest and the registry composed into one program, in the test's own process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import aiohttp
from aiohttp import web

from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.registry import app as registry
from services.registry.network import keys
from services.registry.settings import Settings as RegistrySettings
from shared.lifecycle import build_app
from shared.settings import load
from tests.support.house import environment_of, serving
from tests.support.registry import BELO_HORIZONTE, connected
from tests.support.servers import Vhost

READY_SECONDS: Final = 30


class Composed(NamedTuple):
    """A city hall's session with both services, by its key, and the application that they are."""

    http: aiohttp.ClientSession
    app: web.Application


@asynccontextmanager
async def composed(vhost: Vhost, database_url: str, **variables: str) -> AsyncIterator[Composed]:
    """Both services over fresh servers, ready; *variables* are further settings."""
    async with connected(database_url) as connection:
        key = await keys.issue_key(connection, "test", BELO_HORIZONTE, "member", "")
    environ = {
        **environment_of(vhost, database_url),
        "MALHA_PUBLIC_URL": "https://malha.example",
        **variables,
    }
    app = build_app("test")
    ingest.install(app, load(IngestSettings, environ))
    registry.install(app, load(RegistrySettings, environ))
    headers = {"Authorization": f"Bearer {key}"}
    async with serving(app) as url, aiohttp.ClientSession(url, headers=headers) as http:
        async with asyncio.timeout(READY_SECONDS):
            while (await http.get("/healthz/ready")).status != 200:  # noqa: ASYNC110 - it is asked of a program
                await asyncio.sleep(0.05)
        yield Composed(http, app)
