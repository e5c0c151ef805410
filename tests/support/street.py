"""The three services as three processes on shared servers, each link to a server with a bad line to break."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from services.registry.network.keys import issue_key
from shared.accounts import ApiKey
from tests.support.fault_proxy import FaultProxy
from tests.support.house import SESSION_KEY
from tests.support.processes import ServiceProcess
from tests.support.registry import BELO_HORIZONTE, THE_STATE, connected
from tests.support.servers import Servers, Vhost, fresh_database, fresh_vhost

NAMES: Final = ("registry", "ingest", "notifier")
CANARY_SECONDS: Final = 1


class Street:
    """A notice's way, process by process; `links` are ingest, registry, notifier (broker), database."""

    def __init__(self, vhost: Vhost, database_url: str, folder: Path, http: aiohttp.ClientSession) -> None:
        self.vhost = vhost
        self.database_url = database_url
        self.http = http
        self.links: dict[str, FaultProxy] = {}
        self.processes: dict[str, ServiceProcess] = {}
        self.keys: dict[str, ApiKey] = {}
        self._folder = folder

    async def begin(self, resources: AsyncExitStack) -> None:
        """Start all of it; what was started ends with *resources*."""
        async with connected(self.database_url) as sql:
            self.keys["member"] = await issue_key(sql, "test", BELO_HORIZONTE, "member", "")
            self.keys["coordination"] = await issue_key(sql, "test", THE_STATE, "coordination", "")
        lines = {name: self.vhost.url_of(name) for name in NAMES} | {"database": self.database_url}
        for name, url in lines.items():
            self.links[name] = FaultProxy(url)
            resources.push_async_callback(self.links[name].close)
            await self.links[name].accept()
        for name in NAMES:
            environment = {
                "MALHA_ENVIRONMENT": "test",
                "MALHA_SESSION_KEY": SESSION_KEY,
                "MALHA_AMQP_URL": self.links[name].url,
                "MALHA_DATABASE_URL": self.links["database"].url,
                "MALHA_CANARY_SECONDS": str(CANARY_SECONDS),
                "MALHA_LOG_LEVEL": "debug",
            }
            self.processes[name] = ServiceProcess(name, environment, self._folder / f"{name}.log")
            resources.push_async_callback(self.processes[name].kill)
            await self.processes[name].start()
        await self.ready()

    async def ready(self) -> None:
        """Return once every service says that it is ready."""
        for process in self.processes.values():
            await process.ready()

    def url(self, name: str) -> str:
        """The origin of a service."""
        return self.processes[name].url

    def headers(self, asker: str) -> dict[str, str]:
        """What *asker* sends along to show who it is."""
        return {"Authorization": f"Bearer {self.keys[asker]}"} if asker in self.keys else {}

    def log(self, name: str) -> str:
        """All that a service has logged by now."""
        return (self._folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def facts(self, name: str, event: str) -> list[dict[str, Any]]:
        """The lines of that *event* in a service's log; one that is just being written is none yet."""
        written = self.log(name).rpartition("\n")[0]
        lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    async def parts(self, name: str) -> dict[str, dict[str, Any]]:
        """What a service says of its parts."""
        async with self.http.get(self.url(name) + "/healthz/ready") as answer:
            found: dict[str, dict[str, Any]] = (await answer.json())["parts"]
            return found

    async def metrics(self, name: str) -> list[Metric]:
        """What a service shows to Prometheus."""
        async with self.http.get(self.url(name) + "/metrics") as answer:
            return list(text_string_to_metric_families(await answer.text()))

    async def sample(self, name: str, sample: str, **labels: str) -> float:
        """One value among them; 0 if there is none yet."""
        for family in await self.metrics(name):
            for each in family.samples:
                if each.name == sample and each.labels == labels:
                    return each.value
        return 0.0


@asynccontextmanager
async def street(servers: Servers, template: str, folder: Path) -> AsyncIterator[Street]:
    """A street for the block, with logs in *folder*."""
    async with (
        fresh_vhost(servers) as vhost,
        fresh_database(servers, template) as database_url,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http,
        AsyncExitStack() as resources,
    ):
        found = Street(vhost, database_url, folder, http)
        await found.begin(resources)
        yield found
        for process in found.processes.values():
            process.require_alive()
