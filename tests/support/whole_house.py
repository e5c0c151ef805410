"""All three services as processes over a database and a virtual host of a test's own, and the command."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
import asyncpg

from deploy.local.layout import CHECKOUT
from services.registry.network import keys
from shared.directory import Role
from tests.support.house import UNHURRIED, environment_of
from tests.support.processes import ServiceProcess
from tests.support.registry import connected
from tests.support.servers import Servers, Vhost

SERVICES = ("ingest", "registry", "notifier")
COMMAND_SECONDS = 300.0
KNOWN_SECONDS = 120.0


class House:
    """The services by name, and what a sender, a reader and an operator do with them."""

    def __init__(self, vhost: Vhost, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        self.vhost = vhost
        environment = {
            **environment_of(vhost, database_url),
            **UNHURRIED,
            "MALHA_AMQP_MANAGEMENT_URL": urlsplit(vhost.management_url)
            ._replace(netloc=urlsplit(vhost.management_url).netloc.rpartition("@")[2])
            .geturl(),
        }
        self.services = {name: ServiceProcess(name, environment, folder / f"{name}.log") for name in SERVICES}

    def __getitem__(self, service: str) -> ServiceProcess:
        return self.services[service]

    @property
    def database(self) -> str:
        """The name of the database."""
        return unquote(urlsplit(self.database_url).path[1:])

    async def start(self, *names: str) -> None:
        """Start these services, or all, and wait until they are ready."""
        for name in names or SERVICES:
            await self.services[name].start()
        for name in names or SERVICES:
            await self.services[name].ready()

    async def kill(self) -> None:
        """End all of them at once."""
        for service in self.services.values():
            await service.kill()

    async def malha(self, *arguments: str, status: int = 0, **variables: str) -> str:
        """What the command `malha` prints; it must end with *status*. *variables* without MALHA_."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from services.command import main; main()", *arguments),
            cwd=CHECKOUT,
            env={
                **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
                "MALHA_ENVIRONMENT": "test",
                "MALHA_PUBLIC_URL": self["registry"].url,
                "MALHA_DATABASE_URL": self.database_url,
                "MALHA_AMQP_URL": self.vhost.url_of("registry"),
                "MALHA_AMQP_MANAGEMENT_URL": self.vhost.management_url,
                **{f"MALHA_{name}": value for name, value in variables.items()},
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(COMMAND_SECONDS):
            out, err = await process.communicate()
        assert process.returncode == status, (arguments, process.returncode, out.decode(), err.decode())
        return out.decode() or err.decode()

    async def key(self, member: str, role: Role = "member") -> str:
        """A new key, with its secret, as soon as ingest knows it."""
        async with connected(self.database_url) as connection:
            key = await keys.issue_key(connection, "test", member, role, "")
        timeout = aiohttp.ClientTimeout(total=KNOWN_SECONDS)
        headers = {"Authorization": f"Bearer {key}"}
        async with asyncio.timeout(KNOWN_SECONDS), aiohttp.ClientSession(timeout=timeout) as http:
            while True:
                async with http.get(self["ingest"].url + "/v1/me", headers=headers) as answer:
                    if answer.ok:
                        return str(key)
                await asyncio.sleep(0.05)

    async def post(
        self, key: str, event: dict[str, Any], *, wait: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Status and answer of a POST of one notice; *wait*: until it is registered."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
        if wait:
            headers["Prefer"] = "wait=30"
        timeout = aiohttp.ClientTimeout(total=120)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(self["ingest"].url + "/v1/notices", data=json.dumps(event), headers=headers) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def get(self, path: str, key: str) -> Any:
        """What the registry answers to a GET."""
        timeout = aiohttp.ClientTimeout(total=60)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers={"Authorization": f"Bearer {key}"}) as http,
            http.get(self["registry"].url + path) as answer,
        ):
            return await answer.json(content_type=None)

    async def sql(self, statement: str, *arguments: object) -> Any:
        """One value from the database."""
        connection = await asyncpg.connect(self.database_url, timeout=60, command_timeout=30)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()


@asynccontextmanager
async def whole_house(vhost: Vhost, database_url: str, folder: Path) -> AsyncIterator[House]:
    """All three services, ready; killed at the end."""
    house = House(vhost, database_url, folder)
    try:
        await house.start()
        yield house
    finally:
        await house.kill()


async def drop_databases(servers: Servers, beginning: str) -> None:
    """Drop whatever was set aside under a name that begins so."""
    connection = await asyncpg.connect(servers.database_url, timeout=60)
    try:
        rows = await connection.fetch(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", beginning
        )
        for row in rows:
            await connection.execute(f'DROP DATABASE IF EXISTS "{row[0]}" WITH (FORCE)')
    finally:
        await connection.close()
