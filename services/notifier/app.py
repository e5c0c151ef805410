"""The notifier, put together."""

from aiohttp import web

from services.notifier import pages, sse
from services.notifier.feed import Ring
from services.notifier.intake import Intake
from services.notifier.readers import Readers
from services.notifier.settings import Settings
from shared.accounts import has_lost
from shared.directory import directory_of
from shared.lifecycle import PARTS
from shared.notices.families import FACTS


def install(app: web.Application, settings: Settings) -> None:
    """Add the stream and the console to *app*."""
    directory = directory_of(app, settings)
    ring = Ring(
        settings.ring_items,
        visibility_of_their_own={name for name, fact in FACTS.items() if fact.visibility is not None},
    )
    readers = Readers(ring)
    intake = Intake(settings.amqp_url, "malha-notifier feed", ring, readers)
    app[PARTS] += [intake, readers]

    async def end_streams(_app: web.Application) -> None:
        readers.end_all()

    app.on_shutdown.append(end_streams)
    directory.on_change(lambda known: readers.end_if(lambda caller: has_lost(caller, known)))
    stream = sse.Stream(ring, readers, directory, intake.has_read_to_end, settings.environment)
    app.router.add_get("/v1/stream", stream.answer, allow_head=False)
    pages.install(app, pages.Console(ring, stream, directory))
