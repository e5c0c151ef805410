"""The three services behind the gateway, as a stranger meets them; and what is seen of them from inside."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from deploy.local import gateway
from deploy.local.services import NAMES
from deploy.local.supervisor import end_with_parent
from services.registry.network import people
from services.registry.network.keys import issue_key
from tests.support.broker import channel_of
from tests.support.events import event
from tests.support.house import UNHURRIED, environment_of
from tests.support.listening import free_port
from tests.support.processes import ServiceProcess
from tests.support.registry import BELO_HORIZONTE, THE_STATE, connected
from tests.support.servers import Servers, Vhost, fresh_database, fresh_vhost
from tests.support.whole import ROLES

SECONDS: Final = 120.0
_ERRORS: Final = re.compile(r'.*(?:request_failed|Traceback|"level": ?"critical").*')
_ANSWERED: Final = re.compile(r'http_request_seconds_count\{.*?status="(\d+)"\} (\S+)')


class Walled:
    """`port` is the gateway's. `proofs`: what each asker sends along, as header lines without their end."""

    def __init__(self, folder: Path, vhost: Vhost, database_url: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.proofs: dict[str, bytes] = {"anonymous": b""}
        self.key = ""
        self._vhost = vhost
        self._database_url = database_url
        self.folder = folder
        environment = {
            **environment_of(vhost, database_url),
            **UNHURRIED,
            "MALHA_PUBLIC_URL": self.url,
            "MALHA_SHEDDING": "false",
        }
        self._services = {name: ServiceProcess(name, environment, folder / f"{name}.log") for name in NAMES}
        self._gateway: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Start all of it; each asker can be somebody afterwards."""
        async with connected(self._database_url) as connection:
            for asker, (role, member) in ROLES.items():
                key = await issue_key(connection, "test", member, role, "")
                self.proofs[asker] = f"Authorization: Bearer {key}".encode()
                self.key = self.key or str(key)
            link = await people.create_link(connection, "coordination", THE_STATE, timedelta(hours=1))
        for service in self._services.values():
            await service.start()
        for service in self._services.values():
            await service.ready()
        servers = {
            f"GATEWAY_{name.upper()}": f"server {service.url.partition('//')[2]};"
            for name, service in self._services.items()
        }
        configuration = gateway.lay_out(self.folder, GATEWAY_LISTEN=f"127.0.0.1:{self.port}", **servers)
        if os.geteuid() == 0:
            configuration.write_text("user root;\n" + configuration.read_text())
        with (self.folder / "gateway.log").open("ab") as log:
            self._gateway = await asyncio.create_subprocess_exec(
                *gateway.command(self.folder, configuration),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: end_with_parent(signal.SIGTERM),
            )
        await self._listens()
        async with aiohttp.ClientSession() as http:
            answer = await http.get(f"{self.url}/entrar/{link}", allow_redirects=False)
            cookie = next(iter(answer.cookies.values()))
            self.proofs["person"] = (
                f"Sec-Fetch-Site: same-origin\r\nCookie: {cookie.key}={cookie.value}".encode()
            )

    async def holds(self) -> None:
        """Fail unless all goes on as if nothing had been tried: nothing lost, and no error of ours."""
        await self.still_works()
        await self.nothing_is_lost()
        assert self.errors() == []

    async def answered(self, *, of_ours: bool = False) -> int:
        """How many requests the services have answered, by their own metrics; *of_ours*: with a 5xx."""
        count = 0
        async with aiohttp.ClientSession() as http:
            for service in self._services.values():
                async with http.get(f"{service.url}/metrics") as answer:
                    for status, number in _ANSWERED.findall(await answer.text()):
                        if not of_ours or status.startswith("5"):
                            count += int(float(number))
        return count

    async def still_works(self) -> None:
        """Fail unless all are ready, none was started anew, and a notice still goes all the way."""
        for service in self._services.values():
            await service.ready()
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/cloudevents+json",
            "Prefer": "wait=30",
        }
        told = event(member=BELO_HORIZONTE, id=os.urandom(8).hex())
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/v1/notices", json=told, headers=headers) as answer,
        ):
            assert answer.status == 201, await answer.text()

    async def nothing_is_lost(self) -> None:
        """Fail unless all that was accepted is registered: nothing waits, and nothing lies dead."""
        async with asyncio.timeout(SECONDS):
            for name in ("registry.live", "registry.backfill", "registry.retry"):
                while await self._waiting(name):  # noqa: ASYNC110 (the broker is asked, as operators do)
                    await asyncio.sleep(0.1)
        assert await self._waiting("registry.dead") == 0

    def errors(self) -> list[str]:
        """The lines in which a service says that it did not foresee something."""
        return [
            line
            for name in NAMES
            for line in _ERRORS.findall((self.folder / f"{name}.log").read_text(errors="replace"))
        ]

    async def kill(self) -> None:
        """End all of it."""
        if self._gateway is not None:
            self._gateway.terminate()
            await self._gateway.wait()
        for service in self._services.values():
            await service.kill()

    async def _waiting(self, queue: str) -> int:
        async with channel_of(self._vhost.amqp_url) as channel:
            found = await channel.declare_queue(queue, passive=True, timeout=60)
            return found.declaration_result.message_count or 0

    async def _listens(self) -> None:
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    await self._get()
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)
                else:
                    return

    async def _get(self) -> Any:
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/healthz/ready") as answer:
            return answer.status


@asynccontextmanager
async def walled(servers: Servers, template: str, folder: Path) -> AsyncIterator[Walled]:
    """All of it over fresh servers, ready."""
    async with fresh_vhost(servers) as vhost, fresh_database(servers, template) as database_url:
        found = Walled(folder, vhost, database_url)
        try:
            await found.begin()
            yield found
        finally:
            await found.kill()
