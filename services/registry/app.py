"""The registry, put together."""

from aiohttp import web

from services.registry import http
from services.registry.finding.indexing import Indexer
from services.registry.http.answers import DATABASE, PUBLIC_URL
from services.registry.mail import posting
from services.registry.network.directory import DirectoryPublisher
from services.registry.network.key_keeper import KeyKeeper
from services.registry.pages import (
    agreements,
    api_page,
    boards,
    briefing,
    citizens,
    entrance,
    mapping,
    member,
    operations,
    places,
)
from services.registry.recovery.journal import JournalReplay
from services.registry.schema import TABLES
from services.registry.settings import Settings
from services.registry.taking.consumer import Consumer
from services.registry.telling.backlog import Backlog
from services.registry.telling.publisher import FeedPublisher, is_compared
from services.registry.watch.answering import Answering
from services.registry.watch.clock import Clock
from services.registry.watch.judging import Judge
from shared.broker import ConfirmedPublisher
from shared.database import Database
from shared.directory import directory_of
from shared.lifecycle import PARTS
from shared.pressure import Signal, pressure_of

WRITE_CONNECTIONS = 4
WRITE_SECONDS = 10.0  # a batch takes milliseconds; what takes longer is a line that froze
LEAD_CONNECTIONS = 12  # one for each lock that a process may hold or wait for

READING = {
    "plan_cache_mode": "force_custom_plan",  # a filter is as narrow as its value: no plan fits all values
    "jit": "off",  # compiling takes longer than any read
    "max_parallel_workers_per_gather": "0",  # so does starting workers; what counts everything asks for them
    "random_page_cost": "1.1",  # what is read is in memory, or on a disk without arms
}


def install(app: web.Application, settings: Settings) -> None:
    """Add the registry to *app*: its doors, what writes notices down, what tells of them."""
    directory = directory_of(app, settings)
    reads = Database(
        settings.database_url,
        "malha-registry reads",
        most_connections=settings.read_connections,
        settings=READING,
        tables=TABLES,
    )
    writes = Database(
        settings.database_url,
        "malha-registry writes",
        most_connections=WRITE_CONNECTIONS,
        command_seconds=WRITE_SECONDS,
        tables=TABLES,
    )
    leads = Database(
        settings.database_url, "malha-registry leads", most_connections=LEAD_CONNECTIONS, tables=TABLES
    )

    pressure_of(app, settings).add(
        Signal("reads", "questions wait {0:.1f} s for PostgreSQL", reads.late_seconds, (1.0, 2.0, 4.0))
    )
    items = ConfirmedPublisher(settings.amqp_url, "malha-registry publish feed")
    feed = FeedPublisher(settings.amqp_url, leads, items)
    versions = ConfirmedPublisher(settings.amqp_url, "malha-registry publish directory")
    members = DirectoryPublisher(settings.environment, leads, versions, directory)
    consumer = Consumer(
        settings.amqp_url,
        writes,
        settings.environment,
        may_write=is_compared,
        on_registered=feed.hand_over,
        batch_messages=settings.batch_size,
    )
    clock = Clock(leads, writes, settings.environment, may_write=is_compared)
    indexer = Indexer(leads, is_busy=consumer.is_busy)
    replay = JournalReplay(settings.amqp_url, leads, settings.environment, may_begin=is_compared)
    # Parts end in reverse order: the consumer takes no more, what it wrote is told, then the lines close.
    app[PARTS] += [
        items,
        versions,
        members,
        feed,
        Judge(leads),
        KeyKeeper(leads),
        indexer,
        clock,
        replay,
        consumer,
    ]
    app[PARTS] += [Answering(reads), Backlog(writes)]

    async def close(_app: web.Application) -> None:
        for database in (reads, writes, leads):
            await database.close()

    app.on_cleanup.append(close)
    app[DATABASE] = reads
    app[PUBLIC_URL] = settings.public_url
    posting.install(app, settings, leads)
    http.install(app)
    entrance.install(app, settings)
    api_page.install(app)
    agreements.install(app)
    boards.install(app)
    briefing.install(app)
    citizens.install(app)
    places.install(app)
    member.install(app)
    mapping.install(app)
    operations.install(app, settings, leads)
