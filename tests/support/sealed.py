"""Malha as it is deployed: every link by TLS alone, checked against one authority, and secrets in files.

The servers' and the gateway's configuration is that of `deploy/`, with the ports and folders of a test.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
import structlog

from deploy.local import gateway, postgres, rabbitmq, services
from deploy.local.layout import CHECKOUT, LOOPBACK, Layout, State, account_of, own_by, write_private
from deploy.local.supervisor import Program, Supervisor, log_to
from services.registry.migrate import upgrade
from services.registry.network import keys
from shared import topology
from tests.support.authority import Authority
from tests.support.world import eventually

NAME: Final = "localhost"
"""What every server here is called by, and what its certificate says."""
MEMBER: Final = "3106200"
_SOURCES: Final = CHECKOUT / "deploy"
_INSTALLED: Final = "/etc/malha/tls"


class Sealed:
    """The running whole. `trust` is a client's that knows the authority."""

    def __init__(self, layout: Layout, state: State, supervisor: Supervisor) -> None:
        self.layout = layout
        self.state = state
        self.supervisor = supervisor
        self.authority = Authority(layout.data / "authority")
        self.trust = ssl.create_default_context(cafile=self.authority.file)
        self.key = ""
        ports, administrator = state.ports, state.secrets.administrator
        self.origin = f"https://{NAME}:{ports.url}"
        self.in_clear = f"http://{NAME}:{ports.prometheus}"  # its port: no Prometheus runs here
        self.management_url = (
            f"https://{rabbitmq.ADMINISTRATOR}:{administrator}@{NAME}:{ports.amqp_management}"
            f"?cafile={self.authority.file}"
        )
        self.database_url = (
            f"postgresql://malha:{administrator}@{NAME}:{ports.postgres}/malha"
            f"?sslmode=verify-full&sslrootcert={self.authority.file}"
        )

    async def begin(self) -> None:
        """Start everything, and wait until each service says that it is ready."""
        for program in await asyncio.to_thread(self._servers):
            self.supervisor.keep(program)
        self.supervisor.keep(self._gateway())
        await eventually(self._prepared, "both servers answer by TLS", 120, every_seconds=0.3)
        await asyncio.to_thread(upgrade, self.database_url)
        connection = await asyncpg.connect(self.database_url, timeout=10)
        try:
            self.key = str(await keys.issue_key(connection, "live", MEMBER, "member", "sealed"))
        finally:
            await connection.close()
        for name in services.NAMES:
            self.supervisor.keep(self.service(name))
        for name in services.NAMES:
            await eventually(lambda name=name: self.is_ready(name), f"{name} is ready", 120)  # type: ignore[misc]

    def url(self, service: str) -> str:
        """The own origin of *service*."""
        return f"https://{NAME}:{getattr(self.state.ports, service)}"

    def service(self, name: str, **changes: str) -> Program:
        """The program of the service *name*, with *changes* to its environment; secrets are in files."""
        folder = self.layout.data / "secrets" / name
        folder.mkdir(parents=True, exist_ok=True)
        shown = self.authority.issue(NAME, name, into=folder)
        broker = f"amqps://{name}:{self.state.secrets.broker[name]}@{NAME}:{self.state.ports.amqp}/malha"
        for secret, value in (
            ("session_key", self.state.secrets.session_key),
            ("amqp_url", broker),
            ("database_url", self.database_url.partition("&sslrootcert")[0]),
        ):
            write_private(folder / secret, value.encode() + b"\n")
        environment = {
            "PATH": os.defpath,
            "MALHA_ENVIRONMENT": "live",
            "MALHA_TLS_REQUIRED": "true",
            "MALHA_TLS_CA": str(self.authority.file),
            "MALHA_TLS_CERTIFICATE": str(shown.certificate),
            "MALHA_TLS_KEY": str(shown.key),
            "MALHA_PUBLIC_URL": self.origin,
            "MALHA_LISTEN_PORT": str(getattr(self.state.ports, name)),
            "MALHA_AMQP_MANAGEMENT_URL": f"https://{NAME}:{self.state.ports.amqp_management}",
            "MALHA_SESSION_KEY_FILE": str(folder / "session_key"),
            f"MALHA_{name.upper()}_AMQP_URL_FILE": str(folder / "amqp_url"),
            "MALHA_DATABASE_URL_FILE": str(folder / "database_url"),
        }
        command = (sys.executable, "-m", f"services.{name}")
        return Program(name, command, environment | changes, CHECKOUT, self.layout.log(name))

    async def get(self, url: str, **headers: str) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and JSON of a GET by TLS."""
        async with aiohttp.ClientSession() as http, http.get(url, ssl=self.trust, headers=headers) as answer:
            return answer.status, answer.headers, await answer.json(content_type=None)

    async def health(self, origin: str) -> dict[str, Any]:
        """What the service at *origin* says of its parts; nothing while nobody answers."""
        try:
            _, _, said = await self.get(f"{origin}/healthz/ready")
        except (aiohttp.ClientError, TimeoutError):
            return {}
        return {name: part.get("detail") for name, part in said["parts"].items() if not part["ok"]}

    async def is_ready(self, service: str) -> bool:
        """Whether *service* says so."""
        try:
            status, _, _ = await self.get(f"{self.url(service)}/healthz/ready")
        except (aiohttp.ClientError, TimeoutError):
            return False
        return status == 200

    async def _prepared(self) -> bool:
        """Whether both servers answer; with the topology and the database, once they do."""
        try:
            await topology.apply(self.management_url, "malha", self.state.secrets.broker)
            await self._create_database()
        except (OSError, TimeoutError, asyncpg.PostgresError, topology.ManagementUnreachableError):
            return False
        return True

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.database_url.replace("/malha?", "/postgres?"), timeout=10)
        try:
            await connection.execute("CREATE DATABASE malha")
        finally:
            await connection.close()

    def _servers(self) -> Iterable[Program]:
        return *self._broker(), self._database()

    def _broker(self) -> Iterable[Program]:
        epmd, node = rabbitmq.programs(self.layout, self.state)
        written = self.layout.data / "rabbitmq" / "rabbitmq.conf"
        ports = self.state.ports
        sealed = (_SOURCES / "rabbitmq" / "tls.conf").read_text()
        for listed, port in ((5671, ports.amqp), (15671, ports.amqp_management), (15691, ports.amqp_metrics)):
            sealed = sealed.replace(f"= {listed}\n", f"= {port}\n")
        sealed = sealed.replace("listeners.ssl.default = ", f"listeners.ssl.default = {LOOPBACK}:")
        sealed += f"management.ssl.ip = {LOOPBACK}\nprometheus.ssl.ip = {LOOPBACK}\n"
        in_clear = re.compile(r"^(listeners|management|prometheus)\.tcp.*\n", re.MULTILINE)
        written.write_text(
            in_clear.sub("", written.read_text()) + sealed.replace(_INSTALLED, self._identity("rabbitmq"))
        )
        # What the environment says of a port in clear would stand over the file.
        spoken = ("RABBITMQ_NODE_PORT", "RABBITMQ_NODE_IP_ADDRESS")
        environment = {name: value for name, value in node.environment.items() if name not in spoken}
        # Nothing of it is kept: it need not write down what it knows.
        return epmd, replace(node, environment=environment, stop_signal=signal.SIGKILL)

    def _database(self) -> Program:
        server = postgres.program(self.layout, self.state, durable=False)
        allowed = self.layout.data / "pg_hba.conf"
        shutil.copyfile(_SOURCES / "postgres" / "pg_hba.conf", allowed)
        told = (_SOURCES / "postgres" / "tls.conf").read_text()
        told = told.replace(_INSTALLED, self._identity("postgres"))
        settings = {"hba_file": str(allowed), **dict(re.findall(r"(?m)^(\w+) = '?([^'\n]*)'?$", told))}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return replace(server, command=(*server.command, *options))

    def _gateway(self) -> Program:
        account = account_of("www-data")
        folder = self.layout.data / "gateway"
        folder.mkdir()
        own_by(folder, account)
        ports = self.state.ports
        configuration = gateway.lay_out(
            folder,
            "tls",
            GATEWAY_HOST=NAME,
            GATEWAY_ORIGIN=self.origin,
            GATEWAY_HTTPS=f"{LOOPBACK}:{ports.url}",
            GATEWAY_HTTP=f"{LOOPBACK}:{ports.prometheus}",
            GATEWAY_TLS=self._identity("www-data"),
            GATEWAY_ACME=str(folder),
            GATEWAY_INGEST=f"server {LOOPBACK}:{ports.ingest};",
            GATEWAY_REGISTRY=f"server {LOOPBACK}:{ports.registry};",
            GATEWAY_NOTIFIER=f"server {LOOPBACK}:{ports.notifier};",
        )
        return Program(
            "gateway",
            gateway.command(folder, configuration),
            {"PATH": os.defpath},
            folder,
            self.layout.log("gateway"),
            account,
        )

    def _identity(self, account: str) -> str:
        """A folder with a certificate, its key and the authority, that *account* alone may read."""
        folder = self.layout.data / f"tls-{account}"
        self.authority.issue(NAME, into=folder)
        folder.chmod(0o700)
        for path in (folder, *folder.iterdir()):
            own_by(path, account_of(account))
        (folder / "key.pem").chmod(0o600)
        return str(folder)


@contextlib.asynccontextmanager
async def sealed(home: Path) -> AsyncIterator[Sealed]:
    """A sealed Malha in *home*, for the block."""
    layout = Layout(home)
    layout.prepare()
    told = log_to(layout.log("supervisor"))
    supervisor = Supervisor()
    malha = Sealed(layout, layout.state(), supervisor)
    try:
        await malha.begin()
        yield malha
    finally:
        await supervisor.close()
        structlog.reset_defaults()
        told.close()
        layout.forget()
