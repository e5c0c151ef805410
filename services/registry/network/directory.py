"""Publishes who speaks in the network: the whole directory, whenever ours is newer than the stream's."""

import asyncio
from typing import Final

import msgspec
import structlog

from services.registry import queries
from services.registry.leader import POLL_SECONDS, Leader, rest
from services.registry.network.reconciling import is_undone, reconcile
from shared.broker import ConfirmedPublisher, Message
from shared.database import Connection, Database, DatabaseUnavailable
from shared.directory import STREAM, TYPE, Delegation, Directory, DirectoryFollower, Key, Member, Person
from shared.notices.canonical import base64url
from shared.problems import OutcomeUnknown
from shared.settings import Environment

log = structlog.get_logger()

LOCK: Final = 853_000_003
CHANNEL: Final = "malha_directory"
READ_SECONDS: Final = 5.0
FOLLOWED_SECONDS: Final = 1.5
"""How long the stream has to show what it holds, before it is taken to be empty. If it is not, the version
is raised as soon as it shows."""


class DirectoryPublisher(Leader):
    """Publishes while it leads; stands by otherwise."""

    name = "registry.directory"

    def __init__(
        self,
        environment: Environment,
        database: Database,
        confirmed: ConfirmedPublisher,
        follower: DirectoryFollower,
    ) -> None:
        """*follower* tells what the stream holds."""
        self._environment = environment
        super().__init__(database, LOCK, CHANNEL)
        self._confirmed = confirmed
        self._follower = follower

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Publish each new version, until *stop*."""
        published: int | None = None
        opening = -1
        while not stop.is_set():
            self._news.clear()
            if opening != self._follower.openings:  # what was published may have been lost with its stream
                opening, published = self._follower.openings, None
                await self._wait_for_follower(stop)
                await self._undo_nothing(connection)
            followed = self._follower.met_version
            version: int = await connection.fetchval(_VERSION, timeout=READ_SECONDS)
            if followed > version:  # a restored database: nobody would listen to it
                await self._learn(connection, followed, version)
            elif version > followed and version != published:
                published = await self._publish(connection)
            else:
                await rest(self._news)

    async def _wait_for_follower(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + FOLLOWED_SECONDS
        while not self._follower.met_version and loop.time() < until and not stop.is_set():
            await rest(self._news, POLL_SECONDS / 10)

    async def _learn(self, connection: Connection, followed: int, version: int) -> None:
        """Take over what the services know by now, before anything older is published over it."""
        newer = self._follower.current
        if newer is None or newer.version < followed:  # on its way
            await rest(self._news, POLL_SECONDS / 10)
            return
        log.error("directory_ahead_of_database", stream=newer.version, version=version)
        await reconcile(connection, newer)

    async def _undo_nothing(self, connection: Connection) -> None:
        newer = self._follower.current
        ours = await read_directory(connection, self._environment)
        if newer is not None and newer.version == ours.version and is_undone(newer, ours):
            log.error("directory_of_another_past", version=ours.version)
            await reconcile(connection, newer)

    async def _publish(self, database: Connection) -> int | None:
        """Publish the directory as it is now; its version, None if it is not known whether it arrived."""
        directory = await read_directory(database, self._environment)
        try:
            await self._confirmed.publish(_message(directory))
        except OutcomeUnknown:
            return None
        log.info("directory_published", version=directory.version, keys=len(directory.keys))
        return directory.version


_VERSION = "SELECT version FROM directory"

# One statement, so that all of it is of one moment.
_DIRECTORY = """
SELECT
    (SELECT version FROM directory),
    ARRAY(SELECT (id, kind, name, mesoregion) FROM member ORDER BY id),
    ARRAY(SELECT (id, digest, role, member, revoked_at IS NOT NULL) FROM api_key ORDER BY id),
    ARRAY(SELECT (member, delegate, facts, until) FROM delegation ORDER BY member, delegate),
    ARRAY(SELECT (id, role, member, sessions_since, ends_on) FROM person WHERE ended_at IS NULL ORDER BY id),
    ARRAY(SELECT id FROM session WHERE ended_at IS NOT NULL AND expires_at > now() ORDER BY id)
"""


async def read_directory(connection: queries.Connection, environment: Environment) -> Directory:
    """The directory as the tables say it now."""
    row = await connection.fetchrow(_DIRECTORY, timeout=READ_SECONDS)
    if row is None:
        raise DatabaseUnavailable
    version, members, keys, delegations, people, ended = row
    return Directory(
        version=version,
        environment=environment,
        members=tuple(Member(*member) for member in members),
        keys=tuple(Key(name, base64url(digest), *others) for name, digest, *others in keys),
        delegations=tuple(
            Delegation(member, delegate, None if facts is None else tuple(facts), until)
            for member, delegate, facts, until in delegations
        ),
        people=tuple(
            Person(name, role, member, since.timestamp(), until)
            for name, role, member, since, until in people
        ),
        ended_sessions=tuple(ended),
    )


def _message(directory: Directory) -> Message:
    event = {
        "specversion": "1.0",
        "id": str(directory.version),
        "source": "/malha",
        "type": TYPE,
        "datacontenttype": "application/json",
        "data": directory,
    }
    return Message(
        exchange="",
        routing_key=STREAM,
        body=msgspec.json.encode(event),
        headers={"version": directory.version},
        type=TYPE,
    )
