"""The registry, put together."""

from aiohttp import web

from services.registry import http, pages
from services.registry.http.answers import DATABASE, PUBLIC_URL
from services.registry.settings import Settings
from shared.database import Database
from shared.directory import directory_of


def install(app: web.Application, settings: Settings) -> None:
    """Add the registry to *app*: its doors, and what writes the notices down."""
    directory_of(app, settings)
    reads = Database(
        settings.database_url, "malha-registry reads", most_connections=settings.read_connections
    )
    app[DATABASE] = reads
    app[PUBLIC_URL] = settings.public_url

    async def close(_app: web.Application) -> None:
        await reads.close()

    app.on_cleanup.append(close)
    http.install(app)
    pages.install(app)
