"""What is installed works where no checkout is: by the steps of the image, and by a server's installer."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from deploy.local.layout import CHECKOUT
from deploy.local.supervisor import end_with_parent
from tests.support.containerfile import Image
from tests.support.servers import PASSWORDS, Servers, Vhost

DEPLOY = CHECKOUT / "deploy"
SESSION_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
PAGES = (
    "/acordos",
    "/api",
    "/v1/openapi.json",
    "/v1/asyncapi.json",
    "/v1/schemas/br.malha.agreement.signed.v1",
    "/v1/members/3106200",
)


def settings(vhost: Vhost, database: str) -> dict[str, str]:
    """What all services are told."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    return {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_LISTEN_HOST": "127.0.0.1",
        "MALHA_LISTEN_PORT": port,
        "MALHA_AMQP_MANAGEMENT_URL": re.sub("//.*@", "//", vhost.management_url),
        "MALHA_DATABASE_URL": database,
        **{f"MALHA_{user.upper()}_AMQP_URL": vhost.url_of(user) for user in PASSWORDS},
    }


async def run(*command: str, environment: Mapping[str, str]) -> str:
    """Run *command* in the root folder; its output. AssertionError with it if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd="/",
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


@contextlib.asynccontextmanager
async def running(*command: str, environment: Mapping[str, str], log: Path) -> AsyncIterator[None]:
    """*command* in the root folder for the block; ended as a supervisor does, and held to ending well."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd="/", env=dict(environment), stdout=output, stderr=output,
            preexec_fn=lambda: end_with_parent(signal.SIGKILL),
        )  # fmt: skip
    try:
        yield
        process.terminate()
        assert await process.wait() == 0, str(log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[str]:
    """The address of a database without any tables."""
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute('CREATE DATABASE "installed"')
    yield servers.database_url.rpartition("/")[0] + "/installed"
    await connection.execute('DROP DATABASE "installed" WITH (FORCE)')
    await connection.close()


async def serves(url: str) -> None:
    """AssertionError unless each page is there: what is not a module is easily left out of a wheel."""
    async with aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=30)) as http:
        for page in PAGES:
            async with http.get(page) as answer:
                assert answer.status == 200, (page, await answer.text())


async def test_the_image_runs_by_its_own_steps(tmp_path: Path, vhost: Vhost, empty: str) -> None:
    """Built from nothing but the lock and this tree; migrates, serves, says that it is alive, and ends."""
    image = Image(DEPLOY / "container" / "Containerfile", CHECKOUT, tmp_path / "image")
    await asyncio.to_thread(image.build)
    environment = {**image.environment, **settings(vhost, empty)}
    bin_folder = Path(image.inside("/opt/malha/bin"))
    assert not (bin_folder / "pip").exists(), "nothing is installed later"
    await run(str(bin_folder / "malha"), "migrate", "--expand", environment=environment)
    program, *rest = image.command("CMD")
    checker, *question = image.command("HEALTHCHECK")
    async with running(str(bin_folder / program), *rest, environment=environment, log=tmp_path / "log"):
        await run(str(bin_folder / checker), *question, "--wait", "60", environment=environment)
        await run(
            str(bin_folder / checker), "-m", "shared.health", "ready", "--wait", "60", environment=environment
        )
        await serves(environment["MALHA_PUBLIC_URL"])


async def test_a_server_runs_what_its_installer_installs(tmp_path: Path, vhost: Vhost, empty: str) -> None:
    """By the units' own commands; and a second installation leads to the new release in one step."""
    prefix, ours = tmp_path / "opt", {**os.environ, "PYTHON": sys.executable}
    made = await run("sh", str(DEPLOY / "container" / "release.sh"), str(tmp_path / "made"), environment=ours)
    release = made.splitlines()[-1]
    installer = str(Path(release) / "deploy" / "systemd" / "install.sh")
    base = str(Path(sys.base_prefix) / "bin" / "python3")
    host = {"PATH": os.defpath, "PREFIX": str(prefix), "PYTHON": base}
    await run("sh", installer, release, environment=host)
    environment = {"PATH": os.defpath, **settings(vhost, empty)}
    for unit in ("malha-migrate.service", "malha-ingest@.service", "malha-registry@.service"):
        text = (prefix / "current" / "share" / "deploy" / "systemd" / unit).read_text()
        (started,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
        command = started.replace("/opt/malha", str(prefix)).split()
        if "oneshot" in text:
            await run(*command, environment=environment)
            continue
        (asked,) = re.findall(r"^ExecStartPost=(.*)$", text, re.MULTILINE)
        async with running(*command, environment=environment, log=tmp_path / unit):
            await run(*asked.replace("/opt/malha", str(prefix)).split(), environment=environment)
    other = shutil.copytree(release, tmp_path / "made" / "malha-0.1.1-other")
    (prefix / "releases" / other.name).mkdir()
    (prefix / "releases" / other.name / ".complete").touch()  # as if it had been fetched before
    await run("sh", installer, str(other), environment=host)
    assert (prefix / "current").readlink() == Path("releases/malha-0.1.1-other")
    assert (prefix / "releases" / Path(release).name / ".complete").exists()
