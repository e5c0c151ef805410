"""Ingest's composition: what is wired to what."""

from aiohttp import web

from services.ingest import http
from services.ingest.bindings import Bindings
from services.ingest.canary import Canaries
from services.ingest.following import Following
from services.ingest.imports.http import workshop_of
from services.ingest.keys import Speakers
from services.ingest.lanes import BEHIND_MESSAGES, Lanes
from services.ingest.limits import RateLimits
from services.ingest.looking import QueueLook
from services.ingest.pages import addresses
from services.ingest.publisher import NoticePublisher
from services.ingest.settings import Settings
from shared.broker import ConfirmedPublisher
from shared.directory import directory_of
from shared.lifecycle import PARTS
from shared.pressure import NEVER, Signal, pressure_of


def install(app: web.Application, settings: Settings) -> None:
    """Add ingest to *app*: its routes, its connection for publishing, its look at the bindings."""
    directory = directory_of(app, settings)
    confirmed = ConfirmedPublisher(settings.amqp_url, "malha-ingest publish", replies=True)
    app[PARTS].append(confirmed)
    bindings = None
    if settings.amqp_management_url is not None:
        bindings = Bindings(settings.amqp_management_url, settings.amqp_url)
        app[PARTS].append(bindings)
    pressure = pressure_of(app, settings)
    pressure.add(
        Signal("confirms", "RabbitMQ confirms {0:.1f} s late", confirmed.late_seconds, (1.0, 2.0, 4.0))
    )
    look = QueueLook(settings.amqp_url)
    app[PARTS].append(look)
    lanes = Lanes(settings.live_per_second, look.waiting_messages)
    pressure.add(
        Signal(
            "waiting",
            "{0:.0f} live notices wait for the registry",
            look.waiting_messages,
            (5 * BEHIND_MESSAGES, 20 * BEHIND_MESSAGES, NEVER),
        )
    )
    if bindings is not None:
        pressure.add(Signal("room", "a queue is full to {0:.0%}", bindings.fullest_share, (0.5, 0.7, NEVER)))
    publisher = NoticePublisher(confirmed, bindings, lanes)
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
