"""A PostgreSQL and a RabbitMQ for the tests: those that MALHA_TEST_* name, otherwise private ones.

Each test gets a virtual host with the topology applied and a database cloned from a migrated template; both
are fresh and are removed afterwards, so that tests may run beside each other on the same servers.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from services.registry.migrate import upgrade
from shared import topology

PASSWORDS = dict.fromkeys(("ingest", "registry", "notifier", "operator"), "malha-test")
"""Passwords of the topology's users on every test broker."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of both servers, with administrators' credentials; the AMQP one without a virtual host."""

    database_url: str
    amqp_url: str
    management_url: str

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Servers | None:
        """The servers that MALHA_TEST_* name; None unless all three do."""
        names = ("MALHA_TEST_DATABASE_URL", "MALHA_TEST_AMQP_URL", "MALHA_TEST_AMQP_MANAGEMENT_URL")
        urls = [environ.get(name, "") for name in names]
        return cls(*urls) if all(urls) else None


@dataclass(frozen=True, slots=True)
class Vhost:
    """A virtual host with the whole topology. `amqp_url` is an administrator's, `url_of` a service's own."""

    name: str
    amqp_url: str
    management_url: str

    def url_of(self, user: str) -> str:
        """The AMQP address for *user*: ingest, registry, notifier or operator."""
        return _with_user(self.amqp_url, user)

    def management_url_of(self, user: str) -> str:
        """The management API's address for *user*."""
        return _with_user(self.management_url, user)


@contextlib.contextmanager
def running_servers() -> Iterator[Servers]:
    """Servers for as long as the context lasts; private ones end with it."""
    given = Servers.of_environment(os.environ)
    if given is not None:
        yield given
        return
    from deploy.local.servers import temporary_servers  # noqa: PLC0415 - only who starts servers needs it

    with temporary_servers() as addresses:
        yield Servers(addresses.database_url, addresses.amqp_url, addresses.management_url)


@contextlib.asynccontextmanager
async def fresh_vhost(servers: Servers) -> AsyncIterator[Vhost]:
    """A virtual host of its own, removed afterwards."""
    name = f"test-{secrets.token_hex(6)}"
    await topology.apply(servers.management_url, name, PASSWORDS)
    try:
        yield Vhost(name, _with_path(servers.amqp_url, quote(name, safe="")), servers.management_url)
    finally:
        await topology.delete_vhost(servers.management_url, name)


async def create_template(servers: Servers) -> str:
    """Create an empty database, to be migrated and cloned; returns its name."""
    name = f"template_{secrets.token_hex(6)}"
    await _administer(servers, f'CREATE DATABASE "{name}"')
    return name


def migrate(servers: Servers, name: str) -> None:
    """Bring the database *name* to the newest migration, members included."""
    upgrade(_with_path(servers.database_url, name))


@contextlib.asynccontextmanager
async def fresh_database(servers: Servers, template: str) -> AsyncIterator[str]:
    """The address of a clone of *template*, dropped afterwards with whatever is still connected to it."""
    name = f"test_{secrets.token_hex(6)}"
    await _administer(servers, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield _with_path(servers.database_url, name)
    finally:
        await drop_database(servers, name)


async def drop_database(servers: Servers, name: str) -> None:
    """Drop the database *name*, connections and all."""
    await _administer(servers, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _administer(servers: Servers, statement: str) -> None:
    connection = await asyncpg.connect(servers.database_url, timeout=60, command_timeout=300)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def _with_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    return urlunsplit(parts._replace(netloc=f"{user}:{PASSWORDS[user]}@{host}"))
