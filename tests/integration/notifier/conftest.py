"""A notifier on a virtual host of its own, and what the tests do to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from services.notifier.app import install
from services.notifier.settings import Settings
from shared.accounts import ApiKey
from shared.directory import Person
from shared.lifecycle import build_app
from tests.support.feed import publishing
from tests.support.house import SESSION_KEY, directory, known, publish_directory, serving
from tests.support.servers import Vhost

Publish = Callable[..., Awaitable[None]]


PEOPLE = (Person("of-office", "office", "31"), Person("of-city", "member", "3106200"))
"""Who may sign in, by `cookie_of`."""


class Keys:
    """One API key for each kind of reader."""

    def __init__(self) -> None:
        self.office = ApiKey.issue("test")
        self.belo_horizonte = ApiKey.issue("test")
        self.uberlandia = ApiKey.issue("test")

    async def publish(
        self, vhost: Vhost, version: int = 1, *, without: ApiKey | None = None, ended: tuple[str, ...] = ()
    ) -> None:
        """Tell the directory of all of them, and of PEOPLE; *without* is revoked, *ended* sessions too."""
        keys = [
            known(self.office, "31", "office", revoked=self.office is without),
            known(self.belo_horizonte, "3106200", revoked=self.belo_horizonte is without),
            known(self.uberlandia, "3170206", revoked=self.uberlandia is without),
        ]
        await publish_directory(vhost.amqp_url, directory(version, *keys, people=PEOPLE, ended=ended))


def bearer(key: ApiKey) -> dict[str, str]:
    """Headers of whoever holds *key*."""
    return {"Authorization": f"Bearer {key}"}


@asynccontextmanager
async def notifier_on(amqp_url: str) -> AsyncIterator[str]:
    """A notifier, served; gives its origin."""
    settings = Settings(
        environment="test", amqp_url=amqp_url, public_url="http://127.0.0.1", session_key=SESSION_KEY
    )
    app = build_app("test")
    install(app, settings)
    async with serving(app) as origin:
        yield origin


@pytest.fixture
async def keys(vhost: Vhost) -> Keys:
    """Keys that the directory knows."""
    found = Keys()
    await found.publish(vhost)
    return found


@pytest.fixture
async def publish(vhost: Vhost) -> AsyncIterator[Publish]:
    """Publishes to the feed stream."""
    async with publishing(vhost.amqp_url) as found:
        yield found


@pytest.fixture
async def origin(vhost: Vhost, keys: Keys) -> AsyncIterator[str]:
    """A notifier that runs with the notifier's own rights."""
    assert keys
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(notifier_on(vhost.url_of("notifier")))
