"""The gateway as it is deployed, by TLS, before three services that note down what reaches them.

The services' HTTP is Malha's own (`shared.http`), so that what one parser lets through meets the other.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
from aiohttp import web

from deploy.local import gateway
from deploy.local.supervisor import Program, Supervisor
from shared import tls
from shared.http import read_body
from shared.lifecycle import build_app
from tests.support.authority import Authority, Shown
from tests.support.house import serving
from tests.support.listening import free_port

NAME: Final = "malha.test"
SERVICES: Final = ("ingest", "registry", "notifier")
ANSWER_SECONDS: Final = 60.0


class Seen(NamedTuple):
    """A request as a service saw it."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def cut(writer: asyncio.StreamWriter) -> None:
    """End a line at once; a stream that is not closed, too, would complain."""
    writer.close()
    with suppress(AttributeError):  # Python 3.11.2: the library's own half is gone already
        writer.transport.abort()


class Fortress:
    """The gateway at `port` (TLS) and `port_in_clear`. `seen` is what came through, in order."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self.authority = authority
        self.port = free_port()
        self.port_in_clear = free_port()
        self.seen: list[Seen] = []
        self.trust = ssl.create_default_context(cafile=authority.file)

    @property
    def paths(self) -> list[str]:
        """What came through, without the probes."""
        return [seen.path for seen in self.seen if not seen.path.startswith("/probe")]

    async def connect(
        self, *alpn: str, source: str = "127.0.0.1"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A line to the gateway, by TLS, from the loopback address *source*."""
        trust = self.trust
        if alpn:
            trust = ssl.create_default_context(cafile=self.authority.file)
            trust.set_alpn_protocols(alpn)
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=trust, server_hostname=NAME, local_addr=(source, 0)
        )

    async def send(self, *parts: bytes) -> bytes:
        """What is answered to *parts* and a probe after them, until the gateway closes.

        The probe asks for the connection's end, so that what is left of the attack cannot wait for more.
        """
        reader, writer = await self.connect()
        probe = f"GET /probe HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
        answer = b""
        try:
            with suppress(ConnectionError):
                for part in (*parts, probe.encode()):
                    writer.write(part)
                    await writer.drain()
                async with asyncio.timeout(ANSWER_SECONDS):
                    while chunk := await reader.read(65536):
                        answer += chunk
        finally:
            cut(writer)
        return answer

    async def is_well(self) -> bool:
        """Whether a request like any other is answered."""
        answer = await self.send()
        return answer.startswith(b"HTTP/1.1 200 ")

    def _app(self, name: str) -> web.Application:
        async def note(request: web.Request) -> web.Response:
            body = await read_body(request, 32 << 20)
            headers = {header.lower(): value for header, value in request.headers.items()}
            self.seen.append(Seen(name, request.method, request.path_qs, headers, body))
            return web.json_response({"service": name})

        app = build_app("test")
        app.router.add_route("*", "/{path:.*}", note)
        return app

    @asynccontextmanager
    async def standing(self, shown: Mapping[str, Shown], *, absent: bool = False) -> AsyncIterator[None]:
        """All of it, each service with the certificate that it shows.

        With *absent*, the gateway knows a second process of each, where nobody is.
        """
        values: dict[str, str] = {}
        async with AsyncExitStack() as stack:
            for name, certificate in shown.items():
                origin = await stack.enter_async_context(serving(self._app(name), tls.serving(*certificate)))
                servers = [origin.partition("//")[2], *([f"127.0.0.1:{free_port()}"] * absent)]
                values[f"GATEWAY_{name.upper()}"] = "".join(f"server {address};" for address in servers)
            self.authority.issue(NAME, into=self.folder)
            configuration = gateway.lay_out(
                self.folder,
                "tls",
                GATEWAY_HOST=NAME,
                GATEWAY_ORIGIN=f"https://{NAME}",
                GATEWAY_HTTPS=f"127.0.0.1:{self.port}",
                GATEWAY_HTTP=f"127.0.0.1:{self.port_in_clear}",
                GATEWAY_TLS=str(self.folder),
                GATEWAY_ACME=str(self.folder),
                **values,
            )
            if os.geteuid() == 0:
                configuration.write_text("user root;\n" + configuration.read_text())
            supervisor = Supervisor()
            stack.push_async_callback(supervisor.close)
            command = gateway.command(self.folder, configuration)
            log = self.folder / "gateway.log"
            supervisor.keep(Program("gateway", command, {"PATH": os.defpath}, self.folder, log))
            await self._listens()
            yield

    async def _listens(self) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                try:
                    async with aiohttp.request("GET", f"http://127.0.0.1:{self.port_in_clear}/"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)
