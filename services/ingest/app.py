"""Ingest's composition: what is wired to what."""

from aiohttp import web

from services.ingest import http
from services.ingest.bindings import Bindings
from services.ingest.canary import Canaries
from services.ingest.following import Following
from services.ingest.imports.http import workshop_of
from services.ingest.keys import Speakers
from services.ingest.limits import RateLimits
from services.ingest.pages import addresses
from services.ingest.publisher import NoticePublisher
from services.ingest.settings import Settings
from shared.broker import ConfirmedPublisher
from shared.directory import directory_of
from shared.lifecycle import PARTS


def install(app: web.Application, settings: Settings) -> None:
    """Add ingest to *app*: its routes, its connection for publishing, its look at the bindings."""
    directory = directory_of(app, settings)
    confirmed = ConfirmedPublisher(settings.amqp_url, "malha-ingest publish", replies=True)
    app[PARTS].append(confirmed)
    bindings = None
    if settings.amqp_management_url is not None:
        bindings = Bindings(settings.amqp_management_url, settings.amqp_url)
        app[PARTS].append(bindings)
    publisher = NoticePublisher(confirmed, bindings)
    if settings.canary_seconds:
        app[PARTS].append(Canaries(publisher, settings.environment, settings.canary_seconds))
    app[http.INTAKE] = http.Intake(
        settings=settings,
        directory=directory,
        speakers=Speakers(),
        limits=RateLimits(settings.requests_per_second, settings.events_per_second),
        following=Following(settings.followed_per_second),
        publisher=publisher,
    )
    app.router.add_routes(http.routes)
    workshop_of(app)
    addresses.install(app)

    async def hurry(_app: web.Application) -> None:
        confirmed.hurry()  # who waits for the registry has its notice on the broker: 202, now

    app.on_shutdown.append(hurry)
