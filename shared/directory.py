"""Who speaks in the network, as every service knows it: the last message of the ``directory`` stream.

Each message is the whole directory, with a version; a reader takes the highest of the last messages. Nothing
has to be remembered from one connection to the next.
"""

import asyncio
from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Literal

import msgspec
import structlog
from aio_pika.abc import AbstractConnection
from aiohttp import web

from shared import metrics
from shared.broker import keep_connected
from shared.consuming import consuming
from shared.lifecycle import PARTS, READY, Readiness
from shared.logs import explained
from shared.problems import Unavailable
from shared.settings import ServiceSettings
from shared.streams import OFFSET, offset_of

log = structlog.get_logger()

STREAM = "directory"
TYPE = "br.malha.directory.v1"
QUIET_SECONDS = 0.2
CATCH_UP_SECONDS = 3.0
ATTACHED_SECONDS = 5.0
LOOK_BACK = 16
"""Messages before the last chunk that are read too: two publishers may have overtaken each other."""

Role = Literal["member", "office", "coordination", "ops"]


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whoever owns agreements and speaks in the network."""

    id: str
    kind: Literal["municipality", "state", "organisation"]
    name: str
    mesoregion: str | None = None


class Key(msgspec.Struct, frozen=True):
    """An API key, known by the digest of its secret (SHA-256, base64url)."""

    id: str
    digest: str
    role: Role
    member: str
    revoked: bool = False


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who may come in, known by an opaque id.

    *since* (seconds since 1970): sessions that began before have ended; *until* is the last day.
    """

    id: str
    role: Role
    member: str
    since: float = 0.0
    until: date | None = None


class Delegation(msgspec.Struct, frozen=True):
    """*member* lets *delegate* speak for it: all facts, or these, through a day."""

    member: str
    delegate: str
    facts: tuple[str, ...] | None = None
    until: date | None = None


class Directory(msgspec.Struct, frozen=True, dict=True):
    """The whole directory of one version. Higher versions replace lower ones."""

    version: int
    environment: str
    members: tuple[Member, ...] = ()
    keys: tuple[Key, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    people: tuple[Person, ...] = ()
    ended_sessions: tuple[str, ...] = ()
    """Sessions that were ended before their time, by their ids."""

    @cached_property
    def member_by_id(self) -> dict[str, Member]:
        """Members by their id."""
        return {member.id: member for member in self.members}

    @cached_property
    def key_by_id(self) -> dict[str, Key]:
        """Keys by their id, the revoked ones too."""
        return {key.id: key for key in self.keys}

    @cached_property
    def person_by_id(self) -> dict[str, Person]:
        """Who may come in, by id."""
        return {person.id: person for person in self.people}

    @cached_property
    def has_ended(self) -> frozenset[str]:
        """The sessions that were ended before their time."""
        return frozenset(self.ended_sessions)

    @cached_property
    def delegations_by_delegate(self) -> dict[str, tuple[Delegation, ...]]:
        """For each delegate, who lets it speak."""
        found: dict[str, tuple[Delegation, ...]] = {}
        for delegation in self.delegations:
            found[delegation.delegate] = (*found.get(delegation.delegate, ()), delegation)
        return found


class _Event(msgspec.Struct, frozen=True):
    """The CloudEvent around it."""

    type: str
    data: msgspec.Raw


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_directory = msgspec.json.Decoder(Directory).decode


class DirectoryFollower:
    """Follows the stream for as long as it runs; ``current`` is None until it was read once."""

    name = "directory"

    def __init__(self, url: str, service: str, environment: str) -> None:
        """*service* names the connection: ``malha-<service> directory``."""
        self._url = url
        self._connection_name = f"malha-{service or 'services'} directory"
        self._environment = environment
        self._state = Readiness(ok=False, detail="RabbitMQ: not connected yet")
        self._read = asyncio.Event()
        self._candidate: Directory | None = None
        self._callbacks: list[Callable[[Directory], None]] = []
        self._news = asyncio.Event()
        self.current: Directory | None = None
        self.openings = 0
        """How often the stream was opened: it may be another one than before, and empty."""
        self.met_version = 0
        """The highest version met since it was last opened; 0: none yet."""

    def on_change(self, callback: Callable[[Directory], None]) -> None:
        """Call *callback* with each new version, and now if one is known."""
        self._callbacks.append(callback)
        if self.current is not None:
            callback(self.current)

    def require(self) -> Directory:
        """The directory; Unavailable (503) until it was read."""
        if self.current is None:
            raise Unavailable
        return self.current

    async def wait_read(self, timeout_seconds: float) -> Directory:
        """The directory, as soon as it was read; TimeoutError after *timeout_seconds*."""
        async with asyncio.timeout(timeout_seconds):
            await self._read.wait()
        return self.require()

    async def wait_until(self, is_so: Callable[[Directory], bool], timeout_seconds: float) -> bool:
        """Whether a directory of which *is_so* holds was read within *timeout_seconds*."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.current is None or not is_so(self.current):
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def readiness(self) -> Readiness:
        """Ready once read: an old directory is better than none without a broker, and says that it is old."""
        if self.current is not None:
            kept = f"version {self.current.version} is kept, a newer one cannot be read: {self._state.detail}"
            return READY if self._state.ok else Readiness(ok=True, detail=kept)
        if self._state.ok:
            return Readiness(ok=False, detail="the directory is empty: the registry has not published it yet")
        return self._state

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until *stop*."""
        await keep_connected(self._url, self._connection_name, self._follow, stop, self._on_state)

    def _on_state(self, state: Readiness) -> None:
        self._state = state

    async def _follow(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        self.openings += 1
        self.met_version = 0
        last = None
        while last is None and not stop.is_set():
            # Who attached to an empty stream just when its first message was written may never be given it.
            async with consuming(
                connection, STREAM, stop, prefetch=1, arguments={OFFSET: "last"}
            ) as deliveries:
                self._on_state(READY)
                last = await deliveries.next(ATTACHED_SECONDS)
        if last is None:
            return
        begin = {OFFSET: max(0, offset_of(last) - LOOK_BACK)}
        async with consuming(connection, STREAM, stop, prefetch=100, arguments=begin) as deliveries:
            loop = asyncio.get_running_loop()
            until = loop.time() + CATCH_UP_SECONDS
            while not stop.is_set():
                message = await deliveries.next(None if self._candidate is None else QUIET_SECONDS)
                if message is not None:
                    self._consider(message.body)
                    await deliveries.acknowledge(message)
                # Older versions come first: they must not rule while newer ones are on their way.
                if self._candidate is not None and (message is None or loop.time() > until):
                    self._take(self._candidate)

    def _consider(self, body: bytes) -> None:
        try:
            event = _decode_event(body)
            directory = _decode_directory(event.data) if event.type == TYPE else None
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            log.error("directory_unreadable", why=explained(error))  # noqa: TRY400 (no trace of somebody's junk)
            return
        if directory is None or directory.environment != self._environment:
            log.error("directory_foreign", environment=directory and directory.environment, type=event.type)
            return
        self.met_version = max(self.met_version, directory.version)
        known = self._candidate or self.current
        if known is None or directory.version > known.version:
            self._candidate = directory

    def _take(self, directory: Directory) -> None:
        self._candidate = None
        self.current = directory
        metrics.DIRECTORY_VERSION.set(directory.version)
        log.info("directory_read", version=directory.version, keys=len(directory.keys))
        for callback in self._callbacks:
            callback(directory)
        self._read.set()
        self._news.set()
        self._news = asyncio.Event()


FOLLOWER: web.AppKey[DirectoryFollower] = web.AppKey("directory", DirectoryFollower)
IDENTITY: web.AppKey[ServiceSettings] = web.AppKey("identity", ServiceSettings)


def directory_of(app: web.Application, settings: ServiceSettings) -> DirectoryFollower:
    """The application's one follower; the first service that asks puts it among the parts."""
    if FOLLOWER not in app:
        follower = DirectoryFollower(settings.amqp_url, settings.service, settings.environment)
        app[FOLLOWER] = follower
        app[IDENTITY] = settings
        app[PARTS].append(follower)
    return app[FOLLOWER]
